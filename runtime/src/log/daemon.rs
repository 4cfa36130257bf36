//! The logs of one daemon: one for each of its processes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Deserialize, Serialize};

use super::file::Log;
use crate::launch::Process;

/// What may stand in the name of a file as it is.
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'_').remove(b'-');

/// The logs of one daemon. Each process writes to its own.
#[derive(Debug)]
pub(crate) struct DaemonLogs {
    main: Arc<Log>,
    /// In the order of the processes.
    others: Vec<Arc<Log>>,
    /// Whether they stay when they are no longer used.
    kept: AtomicBool,
}

/// The log of one process, for its readers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProcessLog {
    /// The name of the process; empty for the only one.
    pub process: String,
    /// The file that holds what it prints.
    pub path: PathBuf,
}

impl DaemonLogs {
    /// The log of the main process is at `path`, those of the others are beside it.
    pub(super) fn new(path: PathBuf, limit: u64, processes: &[Process]) -> Self {
        let names = || processes.iter().map(|process| process.name.as_str());
        let unnamed = names().find(|name| name.is_empty());
        let main = unnamed.or(names().next_back()).unwrap_or_default();
        let other = |name| Arc::new(Log::new(name, beside(&path, name), limit));
        Self {
            others: names().filter(|name| *name != main).map(other).collect(),
            main: Arc::new(Log::new(main, path, limit)),
            kept: AtomicBool::new(false),
        }
    }

    /// That of the main process.
    pub(crate) fn main(&self) -> &Arc<Log> {
        &self.main
    }

    /// That of the process of this name.
    pub(crate) fn of(&self, process: &str) -> &Arc<Log> {
        let mut others = self.others.iter();
        let found = others.find(|log| log.process() == process);
        found.unwrap_or(&self.main)
    }

    /// All of them, that of the main process first.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Log> {
        let all = [&self.main].into_iter().chain(&self.others);
        all.map(Arc::as_ref)
    }

    /// The logs, for their readers.
    pub(crate) fn list(&self) -> Vec<ProcessLog> {
        let list = self.all().map(|log| ProcessLog {
            process: log.process().into(),
            path: log.path().into(),
        });
        list.collect()
    }

    /// Keeps all of them if one is at this path.
    pub(super) fn keep(&self, path: &Path) {
        if self.all().any(|log| log.path() == path) {
            self.kept.store(true, Ordering::Relaxed);
        }
    }

    /// Removes them, unless they are kept for the user.
    pub(crate) fn remove(&self) {
        if !self.kept.load(Ordering::Relaxed) {
            self.all().for_each(Log::remove);
        }
    }
}

/// The path for a process's log beside that of the main process.
fn beside(main: &Path, process: &str) -> PathBuf {
    main.with_extension(format!("{}.log", utf8_percent_encode(process, NAME)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::{Command, Ready};

    fn check(names: &[&str], wanted: &[(&str, &str)], main: &str) {
        let process =
            |name: &&str| Process::new(Command::new("x", [""; 0]), Ready::Started).named(*name);
        let processes: Vec<_> = names.iter().map(process).collect();
        let logs = DaemonLogs::new("/logs/x-1.log".into(), 1, &processes);
        let list = logs.list();
        let found: Vec<_> = list
            .iter()
            .map(|log| (log.process.as_str(), log.path.to_str().unwrap()))
            .collect();
        assert_eq!(found, wanted);
        assert_eq!(logs.main().path(), Path::new("/logs/x-1.log"));
        assert_eq!(logs.main().process(), main);
        for (name, path) in wanted {
            assert_eq!(logs.of(name).path(), Path::new(path));
        }
    }

    #[test]
    fn each_process_has_its_own_and_the_main_one_the_usual() {
        check(&[], &[("", "/logs/x-1.log")], "");
        check(&[""], &[("", "/logs/x-1.log")], "");
        check(
            &["node1", "node2"],
            &[("node2", "/logs/x-1.log"), ("node1", "/logs/x-1.node1.log")],
            "node2",
        );
        check(
            &["", "a.b/c"],
            &[("", "/logs/x-1.log"), ("a.b/c", "/logs/x-1.a%2Eb%2Fc.log")],
            "",
        );
    }
}
