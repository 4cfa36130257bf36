//! Pausing a daemon, or a process of it, and resuming it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::running::Running;
use super::started::Started;
use crate::deadline::Deadline;
use crate::error::Cause;
use crate::process::{Child, Ordered, PAUSE};
use crate::state::State;

type Order = fn(&Child) -> io::Result<Ordered>;

impl Running {
    /// Pauses all processes that run, or the one of this name, with all their descendants. If one cannot be paused, all are resumed that
    /// have been paused for it.
    pub(crate) fn pause(&self, name: Option<&str>) -> Result<(), Cause> {
        let chosen = self.that_run(name, "pause")?;
        let before: Vec<_> = chosen.iter().map(|it| it.is_paused()).collect();
        let done = self.order(&chosen, name, "pause", Child::pause);
        match done {
            Ok(()) => set(&chosen, true),
            Err(_) => {
                let new = chosen.iter().zip(before).filter(|(_, before)| !before);
                let new: Vec<_> = new.map(|(process, _)| Arc::clone(process)).collect();
                // What cannot be resumed cannot be helped either.
                let _ = self.order(&new, name, "resume", Child::resume);
            }
        }
        done
    }

    /// Resumes all processes, or the one of this name, with all their descendants.
    pub(crate) fn resume(&self, name: Option<&str>) -> Result<(), Cause> {
        let chosen = self.that_run(name, "resume")?;
        set(&chosen, false);
        self.order(&chosen, name, "resume", Child::resume)
    }

    /// The names of the processes that are paused.
    pub(crate) fn paused(&self) -> Vec<String> {
        let mut processes = self.processes();
        processes.retain(|process| process.is_paused());
        processes.iter().map(|it| it.name.clone()).collect()
    }

    /// Returns whether no process of it can answer, since all are paused.
    pub(crate) fn is_paused(&self) -> bool {
        let processes = self.processes();
        !processes.is_empty() && processes.iter().all(|process| process.is_paused())
    }

    /// Those that run, the one of this name or all. It is an error if none does.
    fn that_run(&self, name: Option<&str>, doing: &str) -> Result<Vec<Arc<Started>>, Cause> {
        if let Some(name) = name {
            self.process(name)?;
        }
        let mut chosen = self.processes();
        chosen.retain(|it| name.is_none_or(|name| it.name == name) && it.runs());
        if chosen.is_empty() {
            let reason = does_not_run(self.state_of(name)?);
            return Err(Cause::io(self.what(name, doing), reason));
        }
        Ok(chosen)
    }

    /// Gives the order to all of them, and waits until it is done.
    fn order(
        &self,
        chosen: &[Arc<Started>],
        name: Option<&str>,
        doing: &str,
        order: Order,
    ) -> Result<(), Cause> {
        let until = Deadline::after(PAUSE);
        let failed = |reason| Cause::io(self.what(name, doing), reason);
        let ordered = chosen.iter().map(|process| order(&process.child));
        let ordered = ordered.collect::<io::Result<Vec<_>>>();
        let ordered = ordered.map_err(|error| failed(error.to_string()))?;
        for (process, ordered) in chosen.iter().zip(ordered) {
            if !ordered.done(until) {
                return Err(failed(why_not(process, until)));
            }
        }
        Ok(())
    }

    fn what(&self, name: Option<&str>, doing: &str) -> String {
        let daemon = &self.launch.name;
        match name.filter(|name| !name.is_empty()) {
            Some(name) => format!("{doing} the process `{name}` of `{daemon}`"),
            None => format!("{doing} `{daemon}`"),
        }
    }
}

fn set(processes: &[Arc<Started>], paused: bool) {
    for process in processes {
        process.pause.store(paused, Ordering::Relaxed);
    }
}

fn does_not_run(state: State) -> String {
    format!("it is not running ({state}); start it first")
}

/// Why a process was not paused or resumed.
fn why_not(process: &Started, until: Deadline) -> String {
    if !until.has_passed() {
        let end = process.child.ended_by_now();
        return end.map_or("it is being stopped".into(), |end| {
            does_not_run(State::from(end))
        });
    }
    let left = process.child.not_stopped();
    let left: Vec<_> = left.iter().map(|pid| format!("pid {pid}")).collect();
    let seconds = PAUSE.as_secs();
    let left = match left.is_empty() {
        true => "its keeper did not answer".into(),
        false => format!("{} was still running", left.join(", ")),
    };
    format!("{left} after {seconds} s; a process that has changed its user may not be signalled")
}
