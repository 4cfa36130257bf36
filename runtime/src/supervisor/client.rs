//! A client's hold on an instance.

use std::io::{self, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;

use nix::sys::socket::{UnixCredentials, getsockopt, sockopt::PeerCredentials};
use nix::unistd::geteuid;

use super::assignment::Assignment;
use super::copy::start;
use super::environment::environment;
use super::keep::keeps_failed;
use super::process::Supervisor;
use super::protocol::{Reply, Request, receive, send};
use crate::directory::SessionDir;
use crate::error::{Cause, End, Error, Result};
use crate::hold::Hold;
use crate::instance::Facts;
use crate::launch::{Launch, Scope};
use crate::process::Identity;
use crate::startup::{How, Phase};
use crate::state::State;

/// How often a client meets a session that is just ending before it gives up.
const TRIES: usize = 5;

/// Where a session's supervisor is, or is to be.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// The directory below which all sessions are.
    pub(crate) root: PathBuf,
    pub(crate) session: String,
    pub(crate) runner: Identity,
    /// Where data goes, if the user has said.
    pub(crate) data: Option<PathBuf>,
}

/// A client's hold on an instance. It is the connection; so it ends however the client ends.
#[derive(Debug)]
pub(crate) struct Lease {
    stream: UnixStream,
}

impl Lease {
    /// Asks for an instance, and does not wait for the answer.
    pub(crate) fn request(
        address: &Address,
        launch: Launch,
        scope: Scope,
        test: &str,
    ) -> Result<Self> {
        let request = Request::Acquire {
            launch: Box::new(launch),
            scope,
            test: test.into(),
            environment: environment(),
        };
        Self::ask_first(address, &request)
    }

    /// Asks for a daemon that tests of the session then use too, and does not wait for the answer.
    pub(crate) fn hold(address: &Address, launch: Launch) -> Result<Self> {
        let request = Request::Hold {
            launch: Box::new(launch),
            environment: environment(),
        };
        Self::ask_first(address, &request)
    }

    fn ask_first(address: &Address, request: &Request) -> Result<Self> {
        let mut tries = 0;
        loop {
            let stream = connect(address)?;
            match send(&stream, request) {
                Ok(()) => return Ok(Self { stream }),
                Err(_) if tries < TRIES => tries += 1,
                Err(error) => return Err(lost(&error).into()),
            }
        }
    }

    /// Waits for the answer to the request for an instance, having prepared what all start from if it is this client's turn.
    pub(crate) fn prepared(
        &mut self,
        prepare: impl FnOnce(&str) -> Result<(), String>,
    ) -> Result<Facts> {
        match self.reply()? {
            Reply::Prepare(facts) => {
                say(&facts);
                send(&self.stream, &Request::Prepared(prepare(&facts.url)))
                    .map_err(|error| lost(&error))?;
                self.acquired()
            }
            Reply::Acquired(facts) => {
                say(&facts);
                Ok(*facts)
            }
            other => Err(unexpected(&other)),
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
    pub(crate) fn supervisor(&self) -> Result<Supervisor> {
        Supervisor::new(peer(&self.stream)?.pid())
    }

    /// Waits for the answer to the request for an instance.
    pub(crate) fn acquired(&mut self) -> Result<Facts> {
        match self.reply()? {
            Reply::Acquired(facts) => {
                say(&facts);
                Ok(*facts)
            }
            other => Err(unexpected(&other)),
        }
    }

    /// Starts a daemon of one's own again, in its place.
    pub(crate) fn again(&mut self) -> Result<Facts> {
        let environment = environment();
        send(&self.stream, &Request::Again { environment }).map_err(|error| lost(&error))?;
        self.acquired()
    }

    /// Stops the daemon, and waits until it is gone.
    pub(crate) fn stop(&mut self, how: How) -> Result<()> {
        self.done(&Request::Stop(how))
    }

    /// Stops the daemon, if it is not shared, and waits until it and its directory are gone.
    pub(crate) fn release(&mut self, how: How) -> Result<()> {
        self.done(&Request::Release(how))
    }

    /// Whether the daemon runs, and how it ended if it did.
    pub(crate) fn status(&mut self) -> Result<(bool, Option<End>)> {
        match self.ask(&Request::Status)? {
            Reply::Status { runs, ended } => Ok((runs, ended)),
            other => Err(unexpected(&other)),
        }
    }

    fn done(&mut self, request: &Request) -> Result<()> {
        match self.ask(request)? {
            Reply::Done => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    fn ask(&mut self, request: &Request) -> Result<Reply> {
        send(&self.stream, request).map_err(|error| lost(&error))?;
        self.reply()
    }

    /// The error, with a log that can still be read after the test run if the user wants that.
    pub(crate) fn keeping(&mut self, mut cause: Cause) -> Cause {
        if let Some(log) = cause.log_mut().filter(|_| keeps_failed()) {
            let request = Request::KeepLog(log.path.clone());
            let kept = send(&self.stream, &request).and_then(|()| receive(&self.stream));
            if let Ok(Some(Reply::Kept(supervisor))) = kept {
                log.kept_by = Some(supervisor);
            }
        }
        cause
    }

    fn reply(&mut self) -> Result<Reply> {
        match receive(&self.stream) {
            Ok(Some(Reply::Failed(cause))) => Err(self.keeping(cause).into()),
            Ok(Some(reply)) => Ok(reply),
            Ok(None) => Err(lost(&"it closed the connection").into()),
            Err(error) => Err(lost(&error).into()),
        }
    }
}

impl Hold for Lease {
    fn stop_process(&mut self, process: &str, signal: Option<&str>) -> Result<()> {
        let how = How {
            signal: signal.map(Into::into),
            ..How::default()
        };
        let process = process.into();
        self.done(&Request::StopProcess { process, how })
    }

    fn start_process(&mut self, process: &str) -> Result<()> {
        let (process, environment) = (process.into(), environment());
        self.done(&Request::StartProcess {
            process,
            environment,
        })
    }

    fn processes(&mut self) -> Result<Vec<(String, u32, bool)>> {
        match self.ask(&Request::Processes)? {
            Reply::Processes(processes) => Ok(processes),
            other => Err(unexpected(&other)),
        }
    }

    fn state_of(&mut self, process: Option<&str>) -> Result<State> {
        match self.ask(&Request::StateOf(process.map(Into::into)))? {
            Reply::StateOf(state) => Ok(state),
            other => Err(unexpected(&other)),
        }
    }

    fn beside(&mut self) -> Vec<String> {
        match self.ask(&Request::Beside) {
            Ok(Reply::Beside(tests)) => tests,
            _ => Vec::new(),
        }
    }

    fn died(&mut self) -> Option<String> {
        match self.status() {
            Ok((_, ended)) => Some(ended?.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }

    fn keep(&mut self) -> Option<u32> {
        match self.ask(&Request::Keep) {
            Ok(Reply::Kept(supervisor)) => Some(supervisor),
            _ => None,
        }
    }

    fn give_back(&mut self) {
        // A daemon that ends badly when nobody needs it any more is no failure.
        let _ = self.release(How::default());
    }
}

/// Says what is to be said about a start, straight to standard error, which no harness hides.
fn say(facts: &Facts) {
    for note in &facts.notes {
        let _ = writeln!(io::stderr(), "fixtured: {note}");
    }
}

fn lost(reason: &dyn std::fmt::Display) -> Cause {
    Cause::SessionEnded {
        why: format!("the supervisor is gone ({reason}), and its daemons with it"),
    }
}

fn unexpected(reply: &Reply) -> Error {
    Cause::io(
        "understand the supervisor",
        format!("it answered {reply:?}"),
    )
    .into()
}

/// Connects to the session's supervisor, which it starts if there is none.
fn connect(address: &Address) -> Result<UnixStream> {
    let session = SessionDir::of(&address.root, &address.session);
    for _ in 0..TRIES {
        if let Some(stream) = reach(&session)? {
            return Ok(stream);
        }
        if !address.runner.runs() {
            let why = format!("its runner (pid {}) is gone", address.runner.pid);
            return Err(Cause::SessionEnded { why }.into());
        }
        session.make()?;
        let shown = session.path().display();
        let failed = |error: io::Error| Cause::io(format!("use the directory `{shown}`"), error);
        let Some(_lock) = session.lock_start().map_err(failed)? else {
            continue;
        };
        // Somebody else may have started it while this process waited for the lock.
        if let Some(stream) = reach(&session)? {
            return Ok(stream);
        }
        let (runner, data) = (address.runner, address.data.clone());
        let started = start(&Assignment {
            session: session.path().into(),
            runner,
            data,
        });
        if let Err(cause) = started {
            // Nobody else will: there is no session that could be swept.
            session.remove();
            return Err(cause.into());
        }
    }
    Err(Cause::io(
        "reach the supervisor",
        format!("it does not answer at `{}`", session.path().display()),
    )
    .into())
}

/// Connects to a supervisor of one's own, if there is one.
pub(super) fn reach(session: &SessionDir) -> Result<Option<UnixStream>> {
    let Ok(stream) = session.connect() else {
        return Ok(None);
    };
    let peer = peer(&stream)?;
    match peer.uid() == geteuid().as_raw() {
        true => Ok(Some(stream)),
        false => Err(Cause::io(
            "trust the supervisor",
            format!("it runs as user {}", peer.uid()),
        )
        .into()),
    }
}

pub(super) fn peer(stream: &UnixStream) -> Result<UnixCredentials> {
    let peer = getsockopt(stream, PeerCredentials);
    Ok(peer.map_err(|errno| Cause::io("ask who the supervisor is", errno))?)
}
