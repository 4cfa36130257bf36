//! A client's request for a part of a running daemon, such as a database.

use std::sync::Arc;

use crate::error::{Cause, For, Refused};
use crate::isolation::{Preparation, part};
use crate::launch::Isolation;
use crate::process::Environment;
use crate::startup::Running;

/// A part of a daemon, for a test.
pub(super) struct PartRequest {
    pub(super) running: Arc<Running>,
    /// Whether the daemon is the client's own.
    pub(super) own: bool,
    pub(super) isolation: Isolation,
    pub(super) test: String,
    pub(super) whose: For,
    /// What another server takes, if the client may be given one.
    pub(super) another: Option<Another>,
}

/// Another server for the same request.
pub(super) struct Another {
    /// Its number among those for what databases start from; the one that all share is 0.
    pub(super) number: usize,
    /// That of the client.
    pub(super) environment: Environment,
}

/// What a client is preparing, before it is given what it asked for.
pub(super) struct Preparing {
    pub(super) request: PartRequest,
    pub(super) preparation: Preparation,
}

impl PartRequest {
    /// It was not given, for this reason.
    pub(super) fn refused(&self, refused: Refused) -> Cause {
        Cause::Isolate {
            name: self.running.launch.name.clone(),
            part: part(&self.isolation),
            whose: self.whose,
            refused: Box::new(refused),
            after: self.running.launch.timeout,
            log: self.running.logs.main().tail(),
        }
    }
}
