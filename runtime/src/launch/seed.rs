//! The data that the servers of a session start from.

use serde::{Deserialize, Serialize};

use super::serialized;
use super::text::Texts;
use super::{Files, Step};

/// Data that each test's dedicated server starts from. It is made once in a session and copied for each server.
///
/// It is a copy of `files`, if there are any. If something is to be loaded, or test code is to fill it, a first server starts from that copy.
/// When it is filled, `save` has it write what it holds, it is stopped as for a restart ([`shutdown_signal`](super::Stop::shutdown_signal)), and
/// its directory is what others start from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Seed {
    /// The directory in which the server keeps its data. What the steps of the launch have put there is replaced, before those of its
    /// processes are carried out.
    #[serde(with = "serialized")]
    pub data: String,
    /// A directory that a server of the same kind has left, or a file of it.
    pub files: Option<Files>,
    /// What a single file is called in the directory of the data. Default: as at its path.
    pub file_name: Option<String>,
    /// Steps that fill the first server once it is ready.
    pub load: Vec<Step>,
    /// The name of test code that fills it after them, which [`Daemon::prepare`](crate::Daemon::prepare) returns.
    pub function: Option<String>,
    /// Steps that have it write all that it holds before it is stopped.
    pub save: Vec<Step>,
}

impl Seed {
    /// Data that the server keeps in this directory, and has written there when it has been stopped.
    pub fn new(data: impl Into<String>) -> Self {
        Self {
            data: data.into(),
            files: None,
            file_name: None,
            load: Vec::new(),
            function: None,
            save: Vec::new(),
        }
    }

    /// Calls a single file this in the directory of the data.
    pub fn file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = Some(name.into());
        self
    }

    /// Adds a step that fills the first server.
    pub fn load(mut self, step: Step) -> Self {
        self.load.push(step);
        self
    }

    /// Adds a step that has the server write what it holds.
    pub fn save(mut self, step: Step) -> Self {
        self.save.push(step);
        self
    }

    /// Returns whether a server has to run for it to be made.
    pub(crate) fn needs_server(&self) -> bool {
        !self.load.is_empty() || self.function.is_some()
    }
}

impl Texts for Seed {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.data);
        self.load.each_text(visit);
        self.save.each_text(visit);
    }
}
