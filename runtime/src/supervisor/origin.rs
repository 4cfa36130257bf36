//! How this process began, as its static initialiser saw it.

use std::os::unix::process::parent_id;
use std::sync::OnceLock;

/// The parent that this process had when its initialiser ran.
static PARENT: OnceLock<u32> = OnceLock::new();

/// Takes note of this process. Only the initialiser does this.
pub(super) fn note() {
    let _ = PARENT.set(parent_id());
}

/// Returns whether the initialiser has run. Where it has not, it will not run in a copy of this program either, and nothing would turn the
/// copy into the supervisor.
pub(super) fn is_noted() -> bool {
    PARENT.get().is_some()
}

/// The parent that this process had when it started, as far as that is known.
pub(crate) fn parent_at_start() -> u32 {
    PARENT.get().copied().unwrap_or_else(parent_id)
}
