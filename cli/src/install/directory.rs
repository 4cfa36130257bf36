//! The directory of a software that no system's client installs.

use std::fs::{self, File};
use std::path::PathBuf;

use fixtured::__command_line::home;
use nix::fcntl::{Flock, FlockArg};

use super::client::Client;
use crate::failure::Failure;

/// The file that says what a directory was filled with, when that is done.
const PINS: &str = "pins";

/// What Python packages get beside what they ask for: much of it wants `pkg_resources`, which newer setuptools do not have.
const SETUPTOOLS: &str = "setuptools<81";

/// A directory below `~/.local/share/fixtured`, where [`Software`](fixtured::launch::Software) looks for programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Directory {
    pub(super) path: PathBuf,
    pub(super) client: Client,
    /// What the client is asked for.
    words: Vec<String>,
}

impl Directory {
    /// The directory of the software `name` with these packages.
    pub(super) fn new(name: &str, client: Client, packages: &str) -> Result<Self, String> {
        let home = home(std::env::var_os("HOME").map(PathBuf::from).as_deref());
        let home = home.ok_or("this user has no home directory")?;
        let mut words = shell_words::split(packages).map_err(|error| error.to_string())?;
        if client == Client::Pip {
            words.insert(0, SETUPTOOLS.into());
        }
        Ok(Self {
            path: home.join(".local/share/fixtured").join(name),
            client,
            words,
        })
    }

    /// Returns whether it was filled with just this.
    pub(super) fn is_filled(&self) -> bool {
        let pins = fs::read_to_string(self.path.join(PINS));
        pins.is_ok_and(|pins| pins.trim_end() == self.words.join(" "))
    }

    /// The commands that fill it.
    pub(super) fn commands(&self) -> Vec<Vec<String>> {
        let path = self.path.display().to_string();
        let owned = |words: &[&str]| -> Vec<String> {
            let words = words.iter().map(|word| (*word).to_owned());
            words.collect()
        };
        let with = |words: &[&str]| [owned(words), self.words.clone()].concat();
        match self.client {
            Client::Pip => vec![
                owned(&["python3", "-m", "venv", &path]),
                with(&[
                    &format!("{path}/bin/pip"),
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                ]),
            ],
            Client::Npm => vec![with(&[
                "npm",
                "install",
                "--prefix",
                &path,
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ])],
            Client::Cargo => vec![with(&["cargo", "install", "--locked", "--root", &path])],
            Client::Apt | Client::Brew | Client::Gem => Vec::new(),
        }
    }

    /// Fills it with `work`, unless another process has done so meanwhile. If that fails, nothing is left.
    pub(super) fn fill(&self, work: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        let failed = |error: &dyn std::fmt::Display| {
            Failure::new(format!("cannot use `{}`: {error}", self.path.display()))
        };
        let above = self.path.parent().unwrap_or(&self.path);
        fs::create_dir_all(above).map_err(|error| failed(&error))?;
        // Two installations at the same time would interfere.
        let lock = File::create(above.join("lock")).map_err(|error| failed(&error))?;
        let _lock =
            Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, errno)| failed(&errno))?;
        if self.is_filled() {
            return Ok(());
        }
        // One that was not finished, or was filled with something else.
        self.remove();
        fs::create_dir(&self.path).map_err(|error| failed(&error))?;
        let done = work().and_then(|()| {
            let pins = self.words.join(" ") + "\n";
            fs::write(self.path.join(PINS), pins).map_err(|error| failed(&error))
        });
        if done.is_err() {
            self.remove();
        }
        done
    }

    fn remove(&self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}
