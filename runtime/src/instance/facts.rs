//! What a client learns about an instance.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What a client learns about an instance.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) name: String,
    /// Whether it is the client's own, not a part of a shared one.
    pub(crate) own: bool,
    pub(crate) url: String,
    pub(crate) host: String,
    pub(crate) ports: BTreeMap<String, u16>,
    pub(crate) dir: PathBuf,
    /// The log of the main process.
    pub(crate) log: PathBuf,
    /// Where the log of each process was when the client got the instance, by name.
    pub(crate) logs: BTreeMap<String, Stream>,
    pub(crate) pid: u32,
    pub(crate) values: BTreeMap<String, String>,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) cli_variables: BTreeMap<String, String>,
    /// What the main process prints to standard output and to standard error, unless it is thrown away.
    pub(crate) output: Option<Stream>,
    pub(crate) errors: Option<Stream>,
    /// What is to be said about its start.
    pub(crate) notes: Vec<String>,
    /// The file with the line that made it ready. What is left of that line is passed over.
    pub(crate) banner: Option<PathBuf>,
}

/// What one process prints: a file, from this position on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stream {
    pub(crate) path: PathBuf,
    pub(crate) from: u64,
}
