//! The database that all others of a pool start from.

use crate::error::Refused;

/// The database that all are cloned from.
#[derive(Debug)]
pub(super) enum Template {
    Absent,
    /// It is being prepared for the test of this name.
    Underway(String),
    /// There is one; or none, since tests find nothing done in theirs.
    Ready(Option<String>),
    /// It must be prepared in another server: in this one there is something already that belongs to all databases.
    Elsewhere,
    /// What failed would fail again.
    Failed(Refused),
}
