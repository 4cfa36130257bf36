//! What a pool of databases asks of a server.

use std::collections::BTreeMap;
use std::fmt;

use super::patience::Patience;
use super::problem::Kind;
use super::problem::Problem;
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::{Databases, Files, Init};

/// What a test is told that knows its part by a name.
pub(super) fn named(name: impl Into<String>) -> BTreeMap<String, String> {
    BTreeMap::from([("database".into(), name.into())])
}

/// A server in which databases can be renamed.
pub(super) trait Exchange {
    /// Has two databases exchange their names, and ends the connections to the first. If there is no such database any more, the second gets
    /// its name.
    fn exchange(&self, name: &str, other: &str, patience: &Patience<'_>) -> Result<(), Refused>;
}

/// A server that databases are made in: one strategy for each protocol. Nothing in it takes longer than there is patience, but for the
/// half second in which the server is told to end what it is doing.
pub(super) trait Server: fmt::Debug + Send + Sync {
    /// What a test is given, as messages call it.
    fn part() -> &'static str
    where
        Self: Sized,
    {
        "database"
    }

    /// The server of this launch, in these processes of ours.
    fn new(databases: &Databases, processes: Processes) -> Self
    where
        Self: Sized;

    /// The names of what has been made in it and belongs to all databases, such as roles.
    fn global(&self, _patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        Ok(Vec::new())
    }

    /// Makes a database and carries out what tests are to find done in theirs. It stays open for the test's own code.
    /// Where there is nothing to clone, tests can find nothing done in theirs.
    fn prepare(&self, _name: &str, _init: &Init, _patience: &Patience<'_>) -> Result<(), Refused> {
        let reason =
            "its protocol knows no roles, extensions, scripts or functions that prepare anything";
        Err(Refused::statement("prepare a template", reason))
    }

    /// Makes a prepared database the template for others. It is not changed from now on.
    fn close(&self, _name: &str, _patience: &Patience<'_>) -> Result<(), Refused> {
        Ok(())
    }

    /// Makes a database like the one that was prepared, or a new one where none was.
    fn make(
        &self,
        template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused>;

    /// Whether there can be as many as anybody likes, so that some may be made ahead of their use.
    fn is_plentiful(&self) -> bool {
        true
    }

    /// What a test is told of a database that has been made: values that replace those of the launch.
    fn values(&self, name: &str) -> BTreeMap<String, String> {
        named(name)
    }

    /// Drops a database, if it exists, even if clients are still connected to it.
    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem>;

    /// Whether databases can exchange their names, and how.
    fn exchanging(&self) -> Option<&dyn Exchange> {
        None
    }

    /// Makes a database again, under its name.
    fn renew(
        &self,
        template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let removed = self.remove(name, patience);
        removed.map_err(|problem| problem.refuses(format!("drop {name}")))?;
        self.make(template, name, patience)
    }

    /// The names of all databases, whoever has made them; a name may occur several times.
    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem>;

    /// Runs the commands of a file.
    fn load(&self, _files: &Files, _patience: &Patience<'_>) -> Result<(), Refused> {
        let reason = "its protocol has no commands";
        Err(Refused::statement("run a file", reason))
    }

    /// Executes statements outside of the tests' databases. Errors do not show them: they may hold a password.
    fn execute(&self, _statements: &str, _patience: &Patience<'_>) -> Result<(), Problem> {
        let code = String::new();
        Err(Problem::new(
            Kind::Refused(code),
            "its protocol has no statements",
        ))
    }
}
