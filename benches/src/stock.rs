//! Databases that fixtured keeps ready.

/// How many are kept ready at most.
pub const MOST: usize = 8;

/// Whether a database of this name was *ready* or had to be *made*: one that was made for a test bears the test's name.
pub fn how(database: &str) -> &'static str {
    let number = database.strip_prefix("t_").unwrap_or_default();
    let is_unnamed = !number.bytes().any(|byte| byte.is_ascii_alphabetic());
    if is_unnamed { "ready" } else { "made" }
}
