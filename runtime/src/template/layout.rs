//! What is called how in the cache.

/// The file in a template that says what it consists of. It is locked as long as the template is copied, and its time is that of the last
/// use.
pub(super) const MANIFEST: &str = "manifest";

/// The directory in a template that is copied.
pub(super) const DATA: &str = "data";

/// The name of the file that is locked while a template is made.
pub(super) fn lock_of(name: &str) -> String {
    format!("{name}.lock")
}

/// The name of a template that is not yet complete.
pub(super) fn partial_of(name: &str) -> String {
    format!("{name}.partial")
}
