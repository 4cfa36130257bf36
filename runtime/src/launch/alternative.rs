//! Another way to run a daemon.

use serde::{Deserialize, Serialize};

use super::text::Texts;
use super::{Process, Software, Step};

/// Another way to run the same daemon, with other programs; see [`Launch::or`](super::Launch::or).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alternative {
    /// The programs that must be installed.
    pub software: Vec<Software>,
    /// Steps before the first process starts, in this order.
    pub prepare: Vec<Step>,
    /// The processes, in start order.
    pub processes: Vec<Process>,
}

impl Texts for Alternative {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.prepare.each_text(visit);
        self.processes.each_text(visit);
    }
}
