//! How far a start has come.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What is being done for a daemon that starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Phase {
    /// In a few words: `waiting for node1`.
    pub doing: String,
    /// Where its output goes.
    pub log: PathBuf,
}
