//! The processes of this machine.

use std::fs;
use std::path::Path;

/// A process, as `/proc` shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its parent's number.
    pub parent: u32,
    /// When it started, in clock ticks since the machine did: its number may be given to another process later.
    pub started: u64,
    /// Its command line, words separated by spaces.
    pub command: String,
}

impl Process {
    /// Whether this very process still runs, and not another one that was given its number.
    pub fn runs(&self) -> bool {
        process(self.pid).is_some_and(|found| found.started == self.started)
    }
}

/// All processes that run; zombies do not.
pub fn processes() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| process(entry.file_name().to_str()?.parse().ok()?))
        .collect()
}

/// Whether the process runs.
pub fn alive(pid: u32) -> bool {
    process(pid).is_some()
}

/// The process that has this number now; a zombie is none.
pub fn process(pid: u32) -> Option<Process> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(") ")?;
    let fields: Vec<_> = fields.split(' ').collect();
    if matches!(*fields.first()?, "Z" | "X") {
        return None;
    }
    let command = fs::read(format!("/proc/{pid}/cmdline")).ok()?;
    Some(Process {
        pid,
        parent: fields.get(1)?.parse().ok()?,
        started: fields.get(19)?.parse().ok()?,
        command: String::from_utf8_lossy(&command).replace('\0', " "),
    })
}

/// The process and all that descends from it.
pub fn family(pid: u32) -> Vec<Process> {
    let all = processes();
    let mut family: Vec<_> = all.iter().filter(|it| it.pid == pid).cloned().collect();
    let mut next = 0;
    while let Some(parent) = family.get(next).map(|process| process.pid) {
        family.extend(all.iter().filter(|it| it.parent == parent).cloned());
        next += 1;
    }
    family
}

/// The processes that have the mark in their command line or their environment.
pub fn marked(mark: &str) -> Vec<Process> {
    let has_mark = |process: &Process| {
        let environment = fs::read(format!("/proc/{}/environ", process.pid)).unwrap_or_default();
        process.command.contains(mark) || String::from_utf8_lossy(&environment).contains(mark)
    };
    processes().into_iter().filter(has_mark).collect()
}

/// The supervisor of the session in this directory.
pub fn supervisor_of(session: &Path) -> Option<Process> {
    let session = session.to_str()?;
    let is_ours = |process: &Process| {
        let environment = fs::read(format!("/proc/{}/environ", process.pid)).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment);
        environment.split('\0').any(|variable| {
            variable.starts_with("FIXTURED_SUPERVISOR=") && variable.contains(session)
        })
    };
    let ours: Vec<_> = processes().into_iter().filter(is_ours).collect();
    // Keepers are forked from the supervisor, and so look like it.
    ours.iter()
        .find(|process| ours.iter().all(|other| other.pid != process.parent))
        .cloned()
}
