//! What a client is given.

use super::grant::Grant;
use super::part_request::Preparing;
use crate::instance::Facts;

/// What a client is given.
pub(super) enum Acquired {
    Grant(Box<Grant>, Facts),
    /// It must prepare first what all start from.
    Prepare(Box<Preparing>, Facts),
}
