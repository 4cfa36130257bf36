//! The sessions of this user that are alive.

use std::path::Path;

use super::address::reach;
use super::allowance::Allowance;
use super::overview::Overview;
use super::process::SupervisorProcess;
use super::protocol::{Reply, Request};
use crate::directory::SessionDir;
use crate::error::Result;

/// A session whose supervisor is there.
#[derive(Clone, Debug)]
pub struct LiveSession {
    /// Its name among all of this user.
    pub name: String,
    /// The version of the crate that its supervisor has.
    pub version: String,
    /// The number of the supervisor's process.
    pub supervisor: u32,
    /// What the supervisor says; nothing if it is of another version, or does not answer.
    pub overview: Option<Overview>,
}

/// Those in the directory below which all sessions are, in the order of their age as far as it is known.
pub(crate) fn live(root: &Path) -> Vec<LiveSession> {
    let mut all: Vec<_> = SessionDir::all(root).iter().filter_map(look).collect();
    all.sort_by_key(|live| {
        let age = live.overview.as_ref().map(|overview| overview.age);
        std::cmp::Reverse(age)
    });
    all
}

fn look(session: &SessionDir) -> Option<LiveSession> {
    let (name, version) = split(session.name())?;
    let mut connection = reach(session).ok()??;
    let supervisor = connection.supervisor();
    let mut ask = || {
        // Another version may speak another protocol.
        (version == env!("CARGO_PKG_VERSION")).then_some(())?;
        match connection.ask_briefly(&Request::Overview, Allowance::brief()) {
            Ok(Reply::Overview(overview)) => Some(*overview),
            _ => None,
        }
    };
    Some(LiveSession {
        name: name.into(),
        version: version.into(),
        supervisor,
        overview: ask(),
    })
}

/// The name of a session's directory is its own name and the version of the crate.
fn split(name: &str) -> Option<(&str, &str)> {
    let at = name.find('.')?;
    let at = name.get(..at)?.rfind('-')?;
    Some((name.get(..at)?, name.get(at + 1..)?))
}

impl LiveSession {
    /// Ends the session, and waits until nothing is left of it. If its runner holds the daemons, it is asked to end, and ends them.
    pub fn end(&self) -> Result<()> {
        let holder = self.overview.as_ref().filter(|overview| overview.holds);
        let holder = holder.filter(|overview| !overview.command.is_empty());
        let pid = holder.map_or(self.supervisor, |overview| overview.runner);
        SupervisorProcess::new(pid.cast_signed())?.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_told_from_the_name() {
        for (name, wanted) in [
            ("12-345-0.1.0", Some(("12-345", "0.1.0"))),
            ("0a1b2c-0.2.0-rc.1", Some(("0a1b2c", "0.2.0-rc.1"))),
            ("lost+found", None),
        ] {
            assert_eq!(split(name), wanted);
        }
    }
}
