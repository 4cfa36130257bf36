//! Waiting for the readiness of a process in its place, and whether it held before the start.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;

use super::attempt::Attempt;
use super::started::Started;
use crate::error::{Cause, Contact};
use crate::launch::{Command, Process, Ready};
use crate::process::{Holder, holder};
use crate::ready::{self, Probe, Run, Waiting, probe};

impl<'a> Attempt<'a> {
    /// Checks that the process is not ready before it has been started: that would be another process.
    pub(super) fn refuse_what_is_there(&self, process: &Process) -> Result<(), Cause> {
        let found = self.with_probe(process, |probe| probe.holds_before(self.until));
        found.map_or(Ok(()), |(what, holder)| {
            let what = format!("{what} before it was started");
            Err(self.already_running(process, what, holder))
        })
    }

    /// Removes what a process that was killed has left in its own directory, and what would make its next start fail.
    pub(super) fn remove_what_it_left(&self, process: &Process) {
        self.with_probe(process, |probe| {
            let left = probe.leaves();
            if let Some(path) = left.filter(|path| self.running.dir_of(path).is_some()) {
                let _ = self.running.remove_file(path);
            }
        });
    }

    /// Checks that the ports chosen by the user are free.
    pub(super) fn refuse_taken_ports(&self) -> Result<(), Cause> {
        let Some(process) = self.start.launch.processes.last() else {
            return Ok(());
        };
        for port in self.start.launch.fixed_ports.values() {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
            let bound = TcpListener::bind(address);
            if bound.is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse) {
                let what = format!("{address} was taken before it was started");
                return Err(self.already_running(process, what, holder(address)));
            }
        }
        Ok(())
    }

    /// Waits until a process is ready.
    pub(super) fn await_ready(
        &self,
        process: &Process,
        started: &Arc<Started>,
    ) -> Result<(), Cause> {
        self.tell("waiting for", &process.name);
        let mut others = self.running.processes();
        others.retain(|other| !Arc::ptr_eq(other, started));
        let run = |command: &Command| self.runs(command, &process.name);
        let cwd = self.working_directory(&process.command);
        let mut probe = probe(&process.ready, self.place(), &cwd, &run);
        let output: Vec<_> = started
            .output
            .iter()
            .chain(&started.errors)
            .cloned()
            .collect();
        probe
            .begin(&output)
            .map_err(|problem| self.invalid(problem))?;
        let waiting = Waiting {
            process: Some(&started.child),
            by_others: process.external_listener || probe.by_others(),
            others: others.iter().map(|other| &other.child).collect(),
            ..Waiting::new(self.unwanted(), self.until)
        };
        let waited = ready::wait(&mut *probe, &waiting);
        waited.map_err(|not_ready| self.not_ready(not_ready, Some(started)))?;
        if let Some(banner) = probe.after() {
            let _ = started.banner.set(banner);
        }
        self.refuse_a_foreign_listener(process, &*probe, started)
    }

    /// Checks that a listener is one of our processes.
    fn refuse_a_foreign_listener(
        &self,
        process: &Process,
        probe: &dyn Probe,
        started: &Started,
    ) -> Result<(), Cause> {
        let Some(address) = probe.address().filter(|_| !process.external_listener) else {
            return Ok(());
        };
        match started.child.stranger_at(&probe.addresses()) {
            None => Ok(()),
            Some(holder) => {
                let what = format!("another process listens on {address}");
                Err(self.already_running(process, what, Some(holder)))
            }
        }
    }

    /// Waits for an external server.
    pub(super) fn find(&self, ready: &Ready) -> Result<(), Cause> {
        let main = self.running.logs.main().process();
        self.await_beside(ready, Path::new("/"), None, main)
    }

    /// Waits for what a step of a process waits for. It has to do with that process, or if that has not been started, with the newest.
    pub(super) fn await_step(&self, ready: &Ready, process: &str) -> Result<(), Cause> {
        let started = self.running.processes();
        let its = started.iter().find(|other| other.name == process);
        let dir = &self.place().dir;
        self.await_beside(ready, dir, its.or(started.last()), process)
    }

    fn await_beside(
        &self,
        ready: &Ready,
        cwd: &Path,
        started: Option<&Arc<Started>>,
        process: &str,
    ) -> Result<(), Cause> {
        let others = self.running.processes();
        let output = started
            .iter()
            .flat_map(|process| process.output.iter().chain(&process.errors));
        let output: Vec<_> = output.cloned().collect();
        let run = |command: &Command| self.runs(command, process);
        let mut probe = probe(ready, self.place(), cwd, &run);
        if let Some(problem) = probe.problem() {
            return Err(self.invalid(problem));
        }
        probe
            .begin(&output)
            .map_err(|problem| self.invalid(problem))?;
        let waiting = Waiting {
            others: others.iter().map(|other| &other.child).collect(),
            ..Waiting::new(self.unwanted(), self.until)
        };
        let waited = ready::wait(&mut *probe, &waiting);
        waited.map_err(|not_ready| self.not_ready(not_ready, started))
    }

    fn with_probe<T>(&self, process: &Process, look: impl FnOnce(&mut dyn Probe) -> T) -> T {
        let run = |command: &Command| self.runs(command, &process.name);
        let cwd = self.working_directory(&process.command);
        look(&mut *probe(&process.ready, self.place(), &cwd, &run))
    }

    /// Runs a command that asks whether something is ready, for this process.
    pub(super) fn runs<'b>(&self, command: &Command, process: &str) -> Run<'b>
    where
        'a: 'b,
    {
        let asks = Process::new(command.clone(), Ready::Started).named(process);
        let attempt = *self;
        Box::new(move || {
            let planned = attempt.plan(&asks);
            let (plan, _) = planned.map_err(|cause| io::Error::other(cause.to_string()))?;
            attempt.start.spawner.spawn(plan)
        })
    }

    fn already_running(&self, process: &Process, what: String, holder: Option<Holder>) -> Cause {
        let at = self.with_probe(process, |probe| match (probe.leaves(), probe.address()) {
            (Some(_), _) => Contact::Path,
            (None, Some(_)) => Contact::Port,
            (None, None) => Contact::Other,
        });
        Cause::AlreadyRunning {
            name: self.name(),
            what,
            command: self.shown(&process.command),
            at,
            holder: holder.map(|holder| holder.to_string()),
        }
    }
}
