//! What is kept of a test that failed.

/// The variable that says whose daemons and logs outlive the test run.
pub(crate) const KEEP: &str = "FIXTURED_KEEP";

/// Returns whether a test that fails keeps its daemons and logs.
pub(crate) fn keeps_failed() -> bool {
    std::env::var_os(KEEP).is_some_and(|value| value == "failed")
}
