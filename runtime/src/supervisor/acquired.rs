//! What a client is given.

use super::data_set::Filling;
use super::grant::Grant;
use super::part_request::Preparing;
use crate::instance::Facts;

/// What a client is given.
pub(super) enum Acquired {
    Grant(Box<Grant>, Facts),
    /// It must prepare first what all start from.
    Prepare(Turn, Facts),
}

/// What it is a client's turn to prepare.
pub(super) enum Turn {
    /// A part of a daemon.
    Part(Box<Preparing>),
    /// A server.
    Server(Box<Filling>),
}
