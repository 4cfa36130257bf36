//! Programs, and what is done around a server.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Ready;
use super::text::{self, Texts};

/// Programs that belong together, and how to get them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Software {
    /// The programs; all are taken from the first directory that has them all.
    pub programs: Vec<String>,
    /// Where distributions keep them off `PATH`; a `*` stands for any name, and of several the highest version is taken.
    pub also_in: Vec<String>,
    /// The version that the first program must have, as a word of what it says about itself begins: `15` also means 15.4. Default: any.
    pub version: Option<String>,
    /// The arguments with which the first program says its version; none if it cannot be asked. Default: `--version`.
    pub version_args: Vec<String>,
    /// The environment variable that names their directory, or the program itself.
    pub variable: String,
    /// What to install.
    pub install: Install,
}

impl Software {
    /// The programs of the daemon `name`: where `fixtured install` puts what needs no root, on `PATH`, and where system administrators'
    /// programs are; or where the variable `FIXTURED_<NAME>_BIN` says.
    pub fn new<P: Into<String>>(name: &str, programs: impl IntoIterator<Item = P>) -> Self {
        let own = format!("~/.local/share/fixtured/{name}");
        Self {
            programs: programs.into_iter().map(Into::into).collect(),
            also_in: vec![
                "/usr/sbin".into(),
                "/opt/homebrew/bin".into(),
                format!("{own}/bin"),
                format!("{own}/node_modules/.bin"),
            ],
            version: None,
            version_args: vec!["--version".into()],
            variable: format!("FIXTURED_{}_BIN", name.to_uppercase().replace('-', "_")),
            install: Install::default(),
        }
    }

    /// The programs of the Python package `name`, in an environment of its own. Its `python3` says the version, since a program of the
    /// package may take seconds to import all that it needs.
    pub fn python<'a>(name: &str, programs: impl IntoIterator<Item = &'a str>) -> Self {
        let ask = format!("import importlib.metadata as m; print(m.version('{name}'))");
        Self {
            version_args: vec!["-c".into(), ask],
            ..Self::new(name, ["python3"].into_iter().chain(programs))
        }
    }

    /// One of its programs as a [`Command`] names it, where other software has programs of that name too: `FIXTURED_KEYSTONE_BIN/python3`.
    pub fn program(&self, name: &str) -> String {
        format!("{}/{name}", self.variable)
    }
}

/// The packages that have a software, for each client that can install it; several are separated by spaces, and none is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Install {
    /// For Debian and Ubuntu.
    pub apt: String,
    /// For Homebrew.
    pub brew: String,
    /// For Python's pip.
    pub pip: String,
    /// For Node.js's npm.
    pub npm: String,
    /// For Rust's cargo.
    pub cargo: String,
}

impl Install {
    /// The commands that install it, the usual one first.
    pub fn commands(&self) -> Vec<String> {
        let Self {
            apt,
            brew,
            pip,
            npm,
            cargo,
        } = self;
        let ways = [
            ("apt", apt),
            ("brew", brew),
            ("pip", pip),
            // Else it would go into the directory of the test's package.
            ("npm -g", npm),
            ("cargo", cargo),
        ];
        let known = ways.iter().filter(|(_, packages)| !packages.is_empty());
        known
            .map(|(client, packages)| format!("{client} install {packages}"))
            .collect()
    }
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Command {
    /// A name to look for in [`Launch::software`](super::Launch::software) and then on `PATH`, or a path. Where several have one of
    /// that name, [`Software::program`] tells them apart.
    #[serde(with = "text")]
    pub program: String,
    /// The arguments.
    #[serde(with = "text")]
    pub args: Vec<String>,
    /// Variables that are set on top of the environment.
    #[serde(with = "text")]
    pub env: BTreeMap<String, String>,
    /// Whether the environment is that of the test; else it holds little more than `PATH` and `HOME`.
    pub inherit_env: bool,
    /// The working directory. Default: the instance's own directory.
    #[serde(with = "text")]
    pub cwd: Option<PathBuf>,
    /// The user to run as when the tests run as root, for servers that refuse root; `nobody` where it does not exist.
    pub as_root: Option<String>,
    /// How many files and connections it may have open at most, for servers that allocate as much as they may have. Default: as many as the
    /// test.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub descriptors: Option<u64>,
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
            descriptors: None,
        }
    }
}

/// One thing to do before a process starts, or when it is ready.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Step {
    /// Writes a file that only the owner of its directory can read. Directories that are missing above it are made.
    Write {
        /// Where.
        #[serde(with = "text")]
        path: String,
        /// What.
        #[serde(with = "text")]
        text: String,
    },
    /// Makes a directory, with those above it, for the owner of the one that is there.
    Directory(#[serde(with = "text")] String),
    /// Runs a command to its end, which must be exit status 0.
    Run(Command),
    /// Waits until this holds: that a server which has started can do what comes next, or has done what it was asked for.
    Wait(Ready),
    /// Copies a directory that was made once for these steps and this version of their programs, and is kept in the user's cache.
    Template {
        /// The directory to make; owned by the user that the first command of `build` runs as.
        #[serde(with = "text")]
        into: String,
        /// How to make it the first time; [`Site::template`](super::Site) stands for it.
        build: Vec<Step>,
    },
    /// Gives a role of a PostgreSQL server a password, over its socket.
    PostgresPassword {
        /// The path of the server's socket.
        #[serde(with = "text")]
        socket: String,
        /// The superuser, who needs no password there.
        #[serde(with = "text")]
        user: String,
        /// The password.
        #[serde(with = "text")]
        password: String,
    },
}

impl Texts for Command {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        visit(&mut self.program);
        self.args.each_text(visit);
        self.env.each_text(visit);
        self.cwd.each_text(visit);
    }
}

impl Texts for Step {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Write { path, text } => [path, text].into_iter().for_each(visit),
            Self::Directory(path) => visit(path),
            Self::Run(command) => command.each_text(visit),
            Self::Wait(ready) => ready.each_text(visit),
            Self::Template { into, build } => {
                visit(into);
                build.each_text(visit);
            }
            Self::PostgresPassword {
                socket,
                user,
                password,
            } => [socket, user, password].into_iter().for_each(visit),
        }
    }
}
