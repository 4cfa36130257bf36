//! A client's hold on an instance.

use std::io::{self, Write};

use super::address::{Address, TRIES, connect};
use super::allowance::{Allowance, Allowances};
use super::connection::{Connection, Hangup};
use super::keep::keeps_failed;
use super::launch_request::LaunchRequest;
use super::process::SupervisorProcess;
use super::protocol::{Reply, Request};
use crate::error::{Cause, End, Error, Result};
use crate::hold::{Hold, How, Terms, WireOrder};
use crate::instance::Facts;
use crate::launch::Launch;
use crate::process::environment;
use crate::startup::Phase;
use crate::state::State;

/// A client's hold on an instance. It is the connection; so it ends however the client ends.
#[derive(Debug)]
pub(crate) struct Lease {
    connection: Connection,
    allowances: Allowances,
    /// How long the next reply may take.
    allowance: Allowance,
}

impl Lease {
    /// Asks for an instance, and does not wait for the answer.
    pub(crate) fn request(
        address: &Address,
        launch: Launch,
        terms: Terms,
        test: &str,
    ) -> Result<Self> {
        let allowances = Allowances::new(&launch);
        let request = acquire(launch, terms, test);
        Self::ask_first(&mut || connect(address), allowances, &request)
    }

    /// Asks for a daemon that tests of the session then use too, and does not wait for the answer.
    pub(crate) fn hold(address: &Address, launch: Launch) -> Result<Self> {
        let allowances = Allowances::new(&launch);
        let request = Request::Hold {
            wanted: LaunchRequest::new(launch),
        };
        Self::ask_first(&mut || connect(address), allowances, &request)
    }

    fn ask_first(
        connect: &mut dyn FnMut() -> Result<Connection>,
        allowances: Allowances,
        request: &Request,
    ) -> Result<Self> {
        let mut tries = 0;
        loop {
            let (mut connection, allowance) = (connect()?, allowances.start());
            match connection.send(request, allowance) {
                Ok(()) => {
                    return Ok(Self {
                        connection,
                        allowances,
                        allowance,
                    });
                }
                // It was just ending; the next one is asked.
                Err(Cause::SessionEnded { .. }) if tries < TRIES => tries += 1,
                Err(cause) => return Err(cause.into()),
            }
        }
    }

    /// Waits for the answer to the request for an instance, having prepared what all start from if it is this client's turn.
    pub(crate) fn prepared(
        &mut self,
        prepare: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Facts> {
        loop {
            match self.reply()? {
                Reply::Prepare(facts) => {
                    say(&facts);
                    let prepared = Request::Prepared(prepare(&facts.url));
                    // It may have to be prepared again, in another server.
                    self.allowance = self.allowances.start();
                    self.connection.send(&prepared, self.allowance)?;
                }
                reply => return acquired(reply),
            }
        }
    }

    /// Waits for the answer to the request to hold a daemon; `told` is called with what is done for it.
    pub(crate) fn held(&mut self, mut told: impl FnMut(&Phase)) -> Result<Facts> {
        loop {
            match self.reply()? {
                Reply::Phase(phase) => told(&phase),
                Reply::Acquired(facts) => return Ok(*facts),
                other => return Err(unexpected(&other)),
            }
        }
    }

    /// The supervisor at the other end.
    pub(crate) fn supervisor(&self) -> Result<SupervisorProcess> {
        SupervisorProcess::new(self.connection.supervisor().cast_signed())
    }

    /// A way to close it while another thread waits for an answer.
    pub(crate) fn hangup(&self) -> Hangup {
        self.connection.hangup()
    }

    fn done(&mut self, request: &Request, allowance: Allowance) -> Result<()> {
        match self.ask(request, allowance)? {
            Reply::Done => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    fn ask(&mut self, request: &Request, allowance: Allowance) -> Result<Reply> {
        let answered = self.connection.ask(request, allowance);
        Ok(answered.map_err(|cause| self.keeping(cause))?)
    }

    fn reply(&mut self) -> Result<Reply> {
        let answered = self.connection.reply(self.allowance);
        Ok(answered.map_err(|cause| self.keeping(cause))?)
    }
}

impl Hold for Lease {
    fn status(&mut self) -> Result<(bool, Option<End>)> {
        match self.ask(&Request::Status, Allowance::prompt())? {
            Reply::Status { runs, ended } => Ok((runs, ended)),
            other => Err(unexpected(&other)),
        }
    }

    fn stop(&mut self, process: Option<&str>, how: How) -> Result<()> {
        let process = process.map(Into::into);
        let allowance = self.allowances.stop(&how);
        self.done(&Request::Stop { process, how }, allowance)
    }

    fn start(&mut self, process: Option<&str>) -> Result<Facts> {
        let (process, environment) = (process.map(Into::into), environment());
        let request = Request::Start {
            process,
            environment,
        };
        acquired(self.ask(&request, self.allowances.again())?)
    }

    fn kill(&mut self, process: Option<&str>) -> Result<()> {
        let allowance = self.allowances.stop(&How::default());
        self.done(&Request::Kill(process.map(Into::into)), allowance)
    }

    fn pause(&mut self, process: Option<&str>) -> Result<()> {
        let request = Request::Pause(process.map(Into::into));
        self.done(&request, Allowances::pause())
    }

    fn resume(&mut self, process: Option<&str>) -> Result<()> {
        let request = Request::Resume(process.map(Into::into));
        self.done(&request, Allowances::pause())
    }

    fn reset(&mut self) -> Result<()> {
        let allowance = self.allowances.part();
        self.done(&Request::Reset, allowance)
    }

    fn wire(&mut self, order: WireOrder) -> Result<()> {
        self.done(&Request::Wire(order), Allowance::prompt())
    }

    fn processes(&mut self) -> Result<Vec<(String, u32, bool)>> {
        match self
            .connection
            .ask(&Request::Processes, Allowance::prompt())?
        {
            Reply::Processes(processes) => Ok(processes),
            other => Err(unexpected(&other)),
        }
    }

    fn state_of(&mut self, process: Option<&str>) -> Result<State> {
        match self.ask(
            &Request::StateOf(process.map(Into::into)),
            Allowance::prompt(),
        )? {
            Reply::StateOf(state) => Ok(state),
            other => Err(unexpected(&other)),
        }
    }

    fn beside(&mut self) -> Vec<String> {
        match self.ask(&Request::Beside, Allowance::prompt()) {
            Ok(Reply::Beside(tests)) => tests,
            _ => Vec::new(),
        }
    }

    fn keep(&mut self) -> Option<u32> {
        match self.ask(&Request::Keep, Allowance::prompt()) {
            Ok(Reply::Kept(supervisor)) => Some(supervisor),
            _ => None,
        }
    }

    fn give_back(&mut self) {
        let how = How::default();
        let allowance = self.allowances.stop(&how);
        // A daemon that exits with an error when it is no longer needed is not a failure.
        let _ = self.done(&Request::Release(how), allowance);
    }

    fn keeping(&mut self, mut cause: Cause) -> Cause {
        if let Some(log) = cause.log_mut().filter(|_| keeps_failed()) {
            let request = Request::KeepLog(log.path.clone());
            let kept = self.connection.ask(&request, Allowance::prompt());
            if let Ok(Reply::Kept(supervisor)) = kept {
                log.kept_by = Some(supervisor);
            }
        }
        cause
    }
}

fn acquire(launch: Launch, terms: Terms, test: &str) -> Request {
    Request::Acquire {
        wanted: LaunchRequest::new(launch),
        terms,
        test: test.into(),
    }
}

fn acquired(reply: Reply) -> Result<Facts> {
    match reply {
        Reply::Acquired(facts) => {
            say(&facts);
            Ok(*facts)
        }
        other => Err(unexpected(&other)),
    }
}

/// Prints notes about a start directly to standard error, which no harness captures.
fn say(facts: &Facts) {
    for note in &facts.notes {
        let _ = writeln!(io::stderr(), "fixtured: {note}");
    }
}

fn unexpected(reply: &Reply) -> Error {
    Cause::io(
        "understand the supervisor",
        format!("it answered {reply:?}"),
    )
    .into()
}

#[cfg(test)]
impl Lease {
    /// The same as `request`, of the supervisor at the other end.
    pub(super) fn asked(
        connection: Connection,
        launch: Launch,
        terms: Terms,
        test: &str,
    ) -> Result<Self> {
        let allowances = Allowances::new(&launch);
        let mut connection = Some(connection);
        let mut connect = || {
            connection
                .take()
                .ok_or_else(|| Cause::io("connect", "no").into())
        };
        Self::ask_first(&mut connect, allowances, &acquire(launch, terms, test))
    }
}
