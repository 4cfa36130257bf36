//! What runs in a session, for display.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::registry::Registry;
use super::starts::Starting;
use crate::lock::lock;
use crate::log::ProcessLog;
use crate::process::{Parents, memory_below};
use crate::startup::Running;

/// A session, as its supervisor sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// The process ID of the runner, whose exit ends the session.
    pub runner: u32,
    /// The command of the runner; empty if it is gone, since what is kept outlives it.
    pub command: String,
    /// Whether the runner holds daemons itself, as `fixtured run` does.
    pub holds: bool,
    /// How long the session has lasted.
    pub age: Duration,
    /// Its daemons, in the order in which they were started.
    pub daemons: Vec<DaemonStatus>,
}

/// A daemon, as its supervisor sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DaemonStatus {
    /// Its name.
    pub name: String,
    /// What it is doing.
    pub stage: Stage,
    /// How long it has been there.
    pub age: Duration,
    /// The URL for clients that share all of it.
    pub url: String,
    /// Its TCP ports, by name; the unnamed one is `""`.
    pub ports: BTreeMap<String, u16>,
    /// The number of its main process; 0 if there is none.
    pub pid: u32,
    /// Its processes that have been started and not been stopped: name, number, and whether it runs.
    pub processes: Vec<(String, u32, bool)>,
    /// What all of them need of the machine's memory, in bytes. What several share counts once.
    pub memory: u64,
    /// The names of the tests that use it.
    pub clients: Vec<String>,
    /// Its directory.
    pub dir: PathBuf,
    /// Where its processes print, the main one first; none as long as it has no place.
    pub logs: Vec<ProcessLog>,
}

/// What a daemon is doing; in a few words as a text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum Stage {
    /// It is being started, and has come so far.
    Starting(String),
    /// It runs.
    #[default]
    Running,
    /// Somebody else runs it.
    Existing,
    /// Its processes have been stopped.
    Stopped,
    /// These of its processes are paused; all if none is named.
    Paused(Vec<String>),
    /// It is kept for the user after the end of the session.
    Kept,
    /// It has died in this way.
    Ended(String),
}

impl Display for Stage {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting(phase) => write!(f, "starting: {phase}"),
            Self::Running => write!(f, "running"),
            Self::Existing => write!(f, "existing"),
            Self::Stopped => write!(f, "stopped"),
            Self::Paused(names) if names.is_empty() => write!(f, "paused"),
            Self::Paused(names) => write!(f, "paused: {}", names.join(", ")),
            Self::Kept => write!(f, "kept"),
            Self::Ended(how) => write!(f, "ended: {how}"),
        }
    }
}

impl Registry {
    /// What there is.
    pub(super) fn overview(&self) -> Overview {
        let kept: Vec<_> = lock(&self.kept)
            .iter()
            .map(|held| Arc::downgrade(held.running()))
            .collect();
        let all = lock(&self.all).clone();
        let parents = Parents::now();
        let running = all.iter().filter_map(|running| {
            let is_kept = kept.iter().any(|kept| kept.ptr_eq(running));
            let (mut seen, keepers) = self.seen(running, is_kept)?;
            // This takes some time, during which the daemon must not be locked.
            let memories = keepers.into_iter().map(|it| memory_below(&parents, it));
            seen.memory = memories.sum();
            Some(seen)
        });
        let starts = self.starts.list();
        Overview {
            runner: self.runner.pid,
            command: match self.runner.runs() {
                true => self.runner.command(),
                false => String::new(),
            },
            holds: self.session_daemons.is_used(),
            age: self.since.elapsed(),
            daemons: running
                .chain(starts.iter().map(|starting| coming(starting)))
                .collect(),
        }
    }

    /// One daemon without its memory, and the numbers of its keepers.
    fn seen(&self, running: &Weak<Running>, is_kept: bool) -> Option<(DaemonStatus, Vec<u32>)> {
        let running = running.upgrade()?;
        let processes = running.status();
        let stage = match running.ended() {
            Some(end) => Stage::Ended(end.to_string()),
            None if running.launch.external.is_some() => Stage::Existing,
            None if processes.is_empty() => Stage::Stopped,
            None if running.is_paused() => Stage::Paused(Vec::new()),
            None if is_kept => Stage::Kept,
            None => match running.paused() {
                paused if paused.is_empty() => Stage::Running,
                paused => Stage::Paused(paused),
            },
        };
        let seen = DaemonStatus {
            name: running.launch.name.clone(),
            stage,
            age: running.since.elapsed(),
            url: running.place.fill(&running.launch.url),
            ports: running.place.ports.clone(),
            pid: running.pid(),
            processes,
            memory: 0,
            clients: self.clients.of(&running),
            dir: running.place.dir.clone(),
            logs: running.logs.list(),
        };
        Some((seen, running.keepers()))
    }
}

/// One that is being started.
fn coming(starting: &Starting) -> DaemonStatus {
    let phase = starting.phase();
    let doing = phase.as_ref().map(|phase| phase.doing.clone());
    DaemonStatus {
        name: starting.name.clone(),
        stage: Stage::Starting(doing.unwrap_or_else(|| "preparing".into())),
        age: starting.since.elapsed(),
        logs: phase.map(|phase| phase.logs).unwrap_or_default(),
        ..DaemonStatus::default()
    }
}
