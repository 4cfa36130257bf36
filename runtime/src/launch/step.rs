//! What is done before and after a process starts.

use serde::{Deserialize, Serialize};

use super::serialized;
use super::text::Texts;
use super::{Command, Files, Protocol, Ready};

/// A step before a process starts, or after it is ready.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Step {
    /// Writes a file that only the owner of its directory can read. Missing parent directories are created.
    #[non_exhaustive]
    Write {
        /// The path.
        #[serde(with = "serialized")]
        path: String,
        /// The content.
        #[serde(with = "serialized")]
        text: String,
    },
    /// Creates a directory and its missing parents, with the owner of the closest existing parent.
    Directory(#[serde(with = "serialized")] String),
    /// Runs a command, which must exit with status 0.
    Run(Command),
    /// Waits for a condition, such as that a server has finished what an earlier step asked for.
    Wait(Ready),
    /// Copies a directory from the user's cache. It is built once per list of steps and version of their programs.
    #[non_exhaustive]
    Template {
        /// The directory to create. Its owner is the user that the first command of `build` runs as.
        #[serde(with = "serialized")]
        into: String,
        /// How to build it. [`Site::template`](super::Site) is the placeholder for its path.
        build: Vec<Step>,
    },
    /// Executes statements in a running server.
    #[non_exhaustive]
    Execute {
        /// The server's protocol.
        protocol: Protocol,
        /// The path of the server's socket, or `host:port`.
        #[serde(with = "serialized")]
        socket: String,
        /// The superuser, which needs no password there.
        #[serde(with = "serialized")]
        user: String,
        /// What the statements do, such as `set the password`. Messages show this, since the statements may contain a password.
        purpose: String,
        /// The statements. Passwords in them should be long and random.
        #[serde(with = "serialized")]
        statements: String,
    },
    /// Runs the commands of a file in a running server.
    #[non_exhaustive]
    Load {
        /// The server's protocol.
        protocol: Protocol,
        /// The path of the server's socket, or `host:port`.
        #[serde(with = "serialized")]
        socket: String,
        /// The password that the server requires; empty if none.
        #[serde(with = "serialized")]
        password: String,
        /// The file, which is read when the step is carried out.
        files: Files,
    },
}

impl Step {
    /// [`Step::Write`]: writes this text to this path.
    pub fn write(path: impl Into<String>, text: impl Into<String>) -> Self {
        let (path, text) = (path.into(), text.into());
        Self::Write { path, text }
    }

    /// [`Step::Execute`]: executes these statements through this socket, as this superuser.
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

    /// [`Step::Load`]: runs the commands of this file through this socket.
    pub fn load(
        protocol: Protocol,
        socket: impl Into<String>,
        password: impl Into<String>,
        files: Files,
    ) -> Self {
        Self::Load {
            protocol,
            socket: socket.into(),
            password: password.into(),
            files,
        }
    }

    /// [`Step::Template`]: copies the directory that these steps build, from the user's cache if it is there.
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
            Self::Load {
                socket, password, ..
            } => [socket, password].into_iter().for_each(visit),
        }
    }
}
