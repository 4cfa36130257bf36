//! How far a start has come.

use serde::{Deserialize, Serialize};

use crate::log::ProcessLog;

/// What is being done for a daemon that starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// In a few words: `waiting for node1`.
    pub doing: String,
    /// Where the output of its processes goes, that of the main one first.
    pub logs: Vec<ProcessLog>,
}
