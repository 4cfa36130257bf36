//! Data that servers start from, and what clients have to do with it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::shared::{Shared, Starting};
use super::spares::Spares;
use crate::error::{Cause, Doing, For, Part, Reason, Refused};
use crate::launch::{Launch, Seed};
use crate::lock::lock;
use crate::process::Environment;
use crate::startup::Running;
use crate::template::Original;

/// What a session's servers start from, by their launch without its ports.
#[derive(Debug, Default)]
pub(super) struct Seeds(Mutex<HashMap<Launch, Arc<DataSet>>>);

/// Data that servers start from, and those that have been started from it ahead.
#[derive(Debug, Default)]
pub(super) struct DataSet {
    pub(super) original: Arc<Shared<Original>>,
    pub(super) spares: Arc<Spares>,
}

impl Seeds {
    /// Stops the servers that no test uses.
    pub(super) fn shed(&self) {
        let all: Vec<_> = lock(&self.0).values().cloned().collect();
        all.iter().for_each(|set| set.spares.shed());
    }

    /// What servers with this launch start from.
    pub(super) fn of(&self, launch: &Launch) -> Arc<DataSet> {
        Arc::clone(lock(&self.0).entry(launch.clone()).or_default())
    }
}

/// A client's request for a server that starts from data.
pub(super) struct SeededRequest {
    pub(super) launch: Launch,
    pub(super) seed: Seed,
    pub(super) environment: Environment,
    pub(super) test: String,
    pub(super) whose: For,
    /// Whether there is a wire between them.
    pub(super) wired: bool,
}

/// A first server, which a client is filling. Dropping it has the next client try again.
pub(super) struct Filling {
    pub(super) request: SeededRequest,
    pub(super) set: Arc<DataSet>,
    pub(super) running: Arc<Running>,
    pub(super) starting: Starting<Original>,
}

impl SeededRequest {
    /// The data could not be prepared.
    pub(super) fn failed(&self, doing: Doing, reason: Reason, running: Option<&Running>) -> Cause {
        Cause::Isolate {
            name: self.launch.name.clone(),
            part: Part::Data,
            whose: self.whose,
            refused: Box::new(Refused::new(doing, reason)),
            after: self.launch.timeout,
            log: running.map(|it| it.logs.main().tail()).unwrap_or_default(),
        }
    }
}
