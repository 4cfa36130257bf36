//! What is done around a server.

use serde::{Deserialize, Serialize};

use super::text::Texts;
use super::written;
use super::{Command, Protocol, Ready};

/// One thing to do before a process starts, or when it is ready.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Step {
    /// Writes a file that only the owner of its directory can read. Directories that are missing above it are made.
    #[non_exhaustive]
    Write {
        /// Where.
        #[serde(with = "written")]
        path: String,
        /// What.
        #[serde(with = "written")]
        text: String,
    },
    /// Makes a directory, with those above it, for the owner of the one that is there.
    Directory(#[serde(with = "written")] String),
    /// Runs a command to its end, which must be exit status 0.
    Run(Command),
    /// Waits until this holds: that a server which has started can do what comes next, or has done what it was asked for.
    Wait(Ready),
    /// Copies a directory that was made once for these steps and this version of their programs, and is kept in the user's cache.
    #[non_exhaustive]
    Template {
        /// The directory to make; owned by the user that the first command of `build` runs as.
        #[serde(with = "written")]
        into: String,
        /// How to make it the first time; [`Site::template`](super::Site) stands for it.
        build: Vec<Step>,
    },
    /// Executes statements at a server that has started, in its protocol.
    #[non_exhaustive]
    Execute {
        /// What the server speaks.
        protocol: Protocol,
        /// The path of the server's socket, or `host:port`.
        #[serde(with = "written")]
        socket: String,
        /// The superuser, who needs no password there.
        #[serde(with = "written")]
        user: String,
        /// What the statements do, such as `set the password`. Messages show this instead of them: they may hold a password.
        purpose: String,
        /// The statements. Passwords that they set are expected to be long and random.
        #[serde(with = "written")]
        statements: String,
    },
}

impl Step {
    /// [`Step::Write`]: writes this text to this path.
    pub fn write(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        Self::Write { path, text }
    }

    /// [`Step::Execute`]: executes these statements at the server at this socket, as this superuser.
    pub fn execute(
        protocol: Protocol,
        socket: impl Into<String>,
        user: impl Into<String>,
        purpose: impl Into<String>,
        statements: impl Into<String>,
    ) -> Self {
        Self::Execute {
            protocol,
            socket: socket.into(),
            user: user.into(),
            purpose: purpose.into(),
            statements: statements.into(),
        }
    }

    /// [`Step::Template`]: copies what these steps make once, and is then kept in the user's cache.
    pub fn template(into: impl Into<String>, build: impl IntoIterator<Item = Self>) -> Self {
        let (into, build) = (into.into(), build.into_iter().collect());
        Self::Template { into, build }
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
            Self::Execute {
                socket,
                user,
                statements,
                ..
            } => [socket, user, statements].into_iter().for_each(visit),
        }
    }
}
