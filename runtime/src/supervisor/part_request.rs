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
    /// Whether its connections go through a wire.
    pub(super) wired: bool,
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
        not_done(&self.running, &self.isolation, self.whose, refused)
    }
}

/// Something was not done about a part of a daemon, for this reason.
pub(super) fn not_done(
    running: &Running,
    isolation: &Isolation,
    whose: For,
    refused: Refused,
) -> Cause {
    let Running { launch, logs, .. } = running;
    Cause::Isolate {
        name: launch.name.clone(),
        part: part(isolation),
        whose,
        refused: Box::new(refused),
        after: launch.timeout,
        log: logs.main().tail(),
    }
}
