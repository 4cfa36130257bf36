//! A file, once read.

/// A file that was read.
#[derive(Debug)]
pub(super) struct Source {
    /// Its path as messages show it.
    pub(super) shown: String,
    pub(super) text: String,
}
