//! Programs, and what is done around a server.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Programs that belong together, and how to get them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Software {
    /// The programs; all are taken from the first directory that has them all.
    pub programs: Vec<String>,
    /// Where distributions keep them off `PATH`; a `*` stands for any name, and of several the highest version is taken.
    pub also_in: Vec<String>,
    /// The version that the first program must have, as the beginning of what it says with `--version`: `15` also means 15.4. Default: any.
    pub version: Option<String>,
    /// The environment variable that names their directory, or the program itself.
    pub variable: String,
    /// The package on Debian and Ubuntu.
    pub apt: String,
    /// The package for Homebrew.
    pub brew: String,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Command {
    /// A name to look for in [`Launch::software`](super::Launch::software) and then on `PATH`, or a path.
    pub program: String,
    /// The arguments.
    pub args: Vec<String>,
    /// Variables that are set on top of the environment.
    pub env: BTreeMap<String, String>,
    /// Whether the environment is that of the test; else it holds little more than `PATH` and `HOME`.
    pub inherit_env: bool,
    /// The working directory. Default: the instance's own directory.
    pub cwd: Option<PathBuf>,
    /// The user to run as when the tests run as root, for servers that refuse root; `nobody` where it does not exist.
    pub as_root: Option<String>,
}

impl Command {
    /// The command `program args…` with a small environment, in the instance's directory.
    pub fn new<A: Into<String>>(
        program: impl Into<String>,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            program: program.into(),
            args: args.into_iter().map(Into::into).collect(),
            env: BTreeMap::new(),
            inherit_env: false,
            cwd: None,
            as_root: None,
        }
    }
}

/// One thing to do before the processes start.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Step {
    /// Writes a file.
    Write {
        /// Where.
        path: String,
        /// What.
        text: String,
    },
    /// Runs a command to its end, which must be exit status 0.
    Run(Command),
    /// Copies a directory that was made once for this version of the programs and is kept in the user's cache.
    Template {
        /// The directory to make; owned by the user that `build` runs as.
        into: String,
        /// How to make it the first time; `{template}` stands for it.
        build: Command,
    },
    /// Gives a role of a PostgreSQL server a password, over its socket.
    PostgresPassword {
        /// The path of the server's socket.
        socket: String,
        /// The superuser, who needs no password there.
        user: String,
        /// The password.
        password: String,
    },
}
