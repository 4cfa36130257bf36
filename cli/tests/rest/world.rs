//! Where sessions are that only one test sees.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use fixtured_tests::{Scratch, scratch_directory};

use super::{Said, fixtured, of};

/// A directory in which all sessions of a test are.
pub(super) struct World(Scratch);

/// Daemons that `run` has left in the background.
pub(super) struct Background {
    pub(super) pid: u32,
    variables: String,
}

impl World {
    /// The name is short: the path of a socket is at most 107 bytes.
    pub(super) fn new(name: &str) -> Self {
        let scratch = scratch_directory(name).unwrap();
        // Daemons that run as other users have their data below it.
        fs::set_permissions(&scratch, PermissionsExt::from_mode(0o755)).unwrap();
        Self(scratch)
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// The program with these words, which have no blanks in them.
    pub(super) fn fixtured(&self, words: &str) -> Command {
        let mut command = fixtured(words.split(' '));
        command.env("FIXTURED_DIR", &*self.0);
        command
    }

    /// Calls it.
    pub(super) fn said(&self, words: &str) -> Said {
        of(&mut self.fixtured(words))
    }

    /// Starts daemons in the background.
    pub(super) fn run(&self, words: &str) -> Background {
        let output = self
            .fixtured(&format!("run {words}"))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        let variables = String::from_utf8(output.stdout).unwrap();
        let background = Background { pid: 0, variables };
        let pid = background.variable("FIXTURED_PID").parse().unwrap();
        Background { pid, ..background }
    }

    /// What `status --json` says.
    pub(super) fn status(&self) -> serde_json::Value {
        self.said("status --json").json()
    }

    /// The directory of this user's sessions; it is gone when none is left.
    pub(super) fn sessions(&self) -> PathBuf {
        let user = nix::unistd::geteuid();
        self.0.join(format!("fixtured-{user}"))
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // What a test that has failed leaves.
        self.said("stop --all");
    }
}

impl Background {
    /// The value of a variable, as a shell would be told it.
    pub(super) fn variable(&self, name: &str) -> &str {
        let start = format!("export {name}=\"");
        let line = self
            .variables
            .lines()
            .find_map(|it| it.strip_prefix(&start));
        line.unwrap().strip_suffix("\";").unwrap()
    }
}
