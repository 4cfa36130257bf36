//! The executors: mirakuru's part.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::daemon::Daemon;
use crate::daemons::{CommandLine, Period, Program};
use crate::error::{Cause, Error, ErrorKind, Result};
use crate::launch::{Scope, Site};
use crate::process;
use crate::ready::{Missed, Readiness, Waiting, wait};
use crate::session;
use crate::startup::{How, tail};
use crate::supervisor::{Facts, Lease};

/// How long a start or a stop may take unless the user says otherwise, as in mirakuru.
const TIMEOUT: Duration = Duration::from_secs(3600);

/// How long a killed process may take to end when the kill signal is not SIGKILL.
const KILL_GRACE: Duration = Duration::from_secs(1);

/// Starts one process, waits for the clear sign that it works, and stops it.
///
/// Use it by the name of the sign: [`SimpleExecutor`], [`OutputExecutor`], [`TcpExecutor`], [`UnixSocketExecutor`],
/// [`HttpExecutor`], [`PidExecutor`], or [`Executor`] for a sign of your own.
///
/// ```no_run
/// use fixtured::HttpExecutor;
///
/// let mut server = HttpExecutor::new("my-server --port 8080", "http://127.0.0.1:8080/health").status(204);
/// server.start()?;
/// // It answers requests.
/// server.stop()?;
/// # Ok::<(), fixtured::Error>(())
/// ```
///
/// Dropping it stops the process; so does whatever ends this process. Its texts may hold `{port}`, `{port:NAME}` and `{dir}`.
pub struct ExecutorOf<K> {
    program: Program,
    kind: K,
    started: Option<Started>,
}

/// A process that has been started; dropping it stops the process.
struct Started {
    lease: Lease,
    facts: Facts,
}

/// Ready when the process has been started.
pub type SimpleExecutor = ExecutorOf<kind::Simple>;
/// Ready when a line of its output matches a regular expression.
pub type OutputExecutor = ExecutorOf<kind::Output>;
/// Ready when `host:port` accepts a connection.
pub type TcpExecutor = ExecutorOf<kind::Tcp>;
/// Ready when a unix socket accepts a connection.
pub type UnixSocketExecutor = ExecutorOf<kind::UnixSocket>;
/// Ready when a request is answered with an accepted status.
pub type HttpExecutor = ExecutorOf<kind::Http>;
/// Ready when a file exists.
pub type PidExecutor = ExecutorOf<kind::Pid>;
/// Ready when a [`Readiness`] of the user's own holds.
pub type Executor = ExecutorOf<kind::Own>;

/// The kinds of executors; they only tell the types apart.
pub mod kind {
    use crate::ready::Readiness;

    /// A kind of executor.
    pub trait Kind {
        /// Its name.
        const NAME: &str;

        /// The check that only this process can make.
        fn own(&mut self) -> Option<&mut dyn Readiness> {
            None
        }
    }

    macro_rules! kinds {
        ($($kind:ident $name:literal $doc:literal;)*) => {$(
            #[doc = $doc]
            #[derive(Debug)]
            pub struct $kind(pub(super) ());

            impl Kind for $kind {
                const NAME: &str = $name;
            }
        )*};
    }

    kinds! {
        Simple "SimpleExecutor" "Runs.";
        Output "OutputExecutor" "Prints a line.";
        Tcp "TcpExecutor" "Accepts a TCP connection.";
        UnixSocket "UnixSocketExecutor" "Accepts a connection on a unix socket.";
        Http "HttpExecutor" "Answers a request.";
        Pid "PidExecutor" "Makes a file.";
    }

    /// Does what the user checks.
    pub struct Own(pub(super) Box<dyn Readiness>);

    impl Kind for Own {
        const NAME: &str = "Executor";

        fn own(&mut self) -> Option<&mut dyn Readiness> {
            Some(&mut *self.0)
        }
    }
}

use kind::Kind;

fn program(command: impl Into<CommandLine>) -> Program {
    Program::new(command).timeout(TIMEOUT).split_output()
}

impl SimpleExecutor {
    /// For a command: a text that is split as a shell would, or a list of words.
    pub fn new(command: impl Into<CommandLine>) -> Self {
        Self::of(program(command), kind::Simple(()))
    }
}

impl OutputExecutor {
    /// For a command and a regular expression that a line of its output matches when it is ready.
    pub fn new(command: impl Into<CommandLine>, banner: impl Into<String>) -> Self {
        Self::of(program(command).output(banner), kind::Output(()))
    }
}

impl TcpExecutor {
    /// For a command and the address on which it accepts connections when it is ready.
    pub fn new(command: impl Into<CommandLine>, host: impl fmt::Display, port: impl fmt::Display) -> Self {
        Self::of(program(command).tcp(format!("{host}:{port}")), kind::Tcp(()))
    }
}

impl UnixSocketExecutor {
    /// For a command and the socket on which it accepts connections when it is ready.
    pub fn new(command: impl Into<CommandLine>, path: impl Into<String>) -> Self {
        Self::of(program(command).unix_socket(path), kind::UnixSocket(()))
    }
}

impl HttpExecutor {
    /// For a command and the URL under which it answers when it is ready.
    pub fn new(command: impl Into<CommandLine>, url: impl Into<String>) -> Self {
        Self::of(program(command).http(url), kind::Http(()))
    }

    /// The accepted status: a number, or a regular expression for the whole code. Default: `2\d\d`.
    pub fn status(self, status: impl fmt::Display) -> Self {
        self.with(|program| program.status(status))
    }

    /// The method of the request. Default: `HEAD`.
    pub fn method(self, method: impl Into<String>) -> Self {
        self.with(|program| program.method(method))
    }

    /// Headers of the request.
    pub fn headers<N: Into<String>, V: Into<String>>(self, headers: impl IntoIterator<Item = (N, V)>) -> Self {
        self.with(|program| program.headers(headers))
    }

    /// Fields of a form, sent as the body of the request.
    pub fn payload<N: Into<String>, V: Into<String>>(self, payload: impl IntoIterator<Item = (N, V)>) -> Self {
        self.with(|program| program.payload(payload))
    }
}

impl PidExecutor {
    /// For a command and the file that exists when it is ready. An empty path is an error of the start.
    pub fn new(command: impl Into<CommandLine>, path: impl Into<String>) -> Self {
        Self::of(program(command).pid_file(path), kind::Pid(()))
    }
}

impl Executor {
    /// For a command and a check of your own, which is made in this process.
    pub fn new(command: impl Into<CommandLine>, readiness: impl Readiness + 'static) -> Self {
        Self::of(program(command), kind::Own(Box::new(readiness)))
    }
}

/// The settings.
impl<K: Kind> ExecutorOf<K> {
    fn of(program: Program, kind: K) -> Self {
        Self { program, kind, started: None }
    }

    fn with(mut self, change: impl FnOnce(Program) -> Program) -> Self {
        self.program = change(self.program);
        self
    }

    /// The working directory. Default: that of this process.
    pub fn cwd(self, path: impl AsRef<Path>) -> Self {
        self.with(|program| program.cwd(path.as_ref()))
    }

    /// Whether `/bin/sh` interprets the command. Default: no.
    pub fn shell(self, shell: bool) -> Self {
        self.with(|program| program.shell(shell))
    }

    /// How long the start may take, all its steps together: a [`Duration`] or a text such as `"30s"`. Default: 1 hour.
    pub fn timeout(self, timeout: impl Period) -> Self {
        self.with(|program| program.timeout(timeout))
    }

    /// How long a stop waits before it kills. Default: 10 s.
    pub fn grace(self, grace: impl Period) -> Self {
        self.with(|program| program.grace(grace))
    }

    /// The signal that asks the process to end. Default: `SIGTERM`.
    pub fn stop_signal(self, signal: impl Into<String>) -> Self {
        self.with(|program| program.stop_signal(signal))
    }

    /// The signal of [`kill`](Self::kill), and for what is left after the grace period. Default: `SIGKILL`.
    pub fn kill_signal(self, signal: impl Into<String>) -> Self {
        self.with(|program| program.kill_signal(signal))
    }

    /// The exit status that counts as well ended, besides 0 and death by the stop signal.
    pub fn expected_returncode(self, code: i32) -> Self {
        self.with(|program| program.expected_returncode(code))
    }

    /// A variable that is set on top of this process's environment.
    pub fn env(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.envs([(name, value)])
    }

    /// Variables that are set on top of this process's environment.
    pub fn envs<N: Into<String>, V: Into<String>>(self, variables: impl IntoIterator<Item = (N, V)>) -> Self {
        self.with(|program| program.env(variables))
    }
}

/// What it does.
impl<K: Kind> ExecutorOf<K> {
    /// Starts the process and waits until it is ready. If it already runs, nothing happens.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::AlreadyRunning`] if the sign was there before the start; [`ErrorKind::ProcessExitedWithError`] as soon as the process
    /// ends with an error; [`ErrorKind::TimeoutExpired`] after the timeout. Then everything that was started is gone.
    pub fn start(&mut self) -> Result<&mut Self> {
        if self.running() {
            return Ok(self);
        }
        let launch = self.program.launch(&Site::SYMBOLIC);
        let until = Instant::now() + launch.timeout;
        self.started = None;
        let mut lease = Lease::request(session::address()?, launch, Scope::Test, K::NAME)?;
        let facts = lease.acquired()?;
        self.started = Some(Started { lease, facts });
        if let Some(readiness) = self.kind.own() {
            let waited = wait_in_client(readiness, &mut self.started, &self.program, until);
            if waited.is_err() {
                self.started = None;
            }
            waited?;
        }
        Ok(self)
    }

    /// Waits until the condition holds, under the rules of a start: it ends when the process dies, and after the timeout everything
    /// is killed.
    pub fn wait_for(&mut self, mut condition: impl Readiness) -> Result<&mut Self> {
        let until = Instant::now() + self.program.launch(&Site::SYMBOLIC).timeout;
        wait_in_client(&mut condition, &mut self.started, &self.program, until)?;
        Ok(self)
    }

    /// Whether the process, or any descendant of it, runs.
    pub fn running(&mut self) -> bool {
        self.started.as_mut().is_some_and(|started| started.lease.status().is_ok_and(|(runs, _)| runs))
    }

    /// Sends the stop signal, waits, and kills what remains after the grace period. When it returns, the process and all its descendants
    /// are gone. Stopping what does not run does nothing.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::ProcessFinishedWithError`] if the process ended neither by the stop signal, nor with 0, nor with the expected status.
    pub fn stop(&mut self) -> Result<&mut Self> {
        self.stop_how(How::default())
    }

    /// [`stop`](Self::stop) with another signal or another expected status than those that were set.
    pub fn stop_with(&mut self, signal: Option<&str>, expected_returncode: Option<i32>) -> Result<&mut Self> {
        self.stop_how(How { signal: signal.map(Into::into), expected_returncode, grace: None })
    }

    fn stop_how(&mut self, how: How) -> Result<&mut Self> {
        if self.running()
            && let Some(started) = &mut self.started
        {
            started.lease.stop(how)?;
        }
        Ok(self)
    }

    /// [`stop`](Self::stop) with the kill signal; how the process ends is no error.
    pub fn kill(&mut self) -> Result<&mut Self> {
        let signal = self.program.kill_signal_name().to_owned();
        let how = How { signal: Some(signal), expected_returncode: None, grace: Some(KILL_GRACE) };
        match self.stop_how(how) {
            Err(error) if error.kind() != ErrorKind::ProcessFinishedWithError => Err(error),
            _ => Ok(self),
        }
    }

    /// Runs the closure while the process is down, and starts it again: for testing how a client survives an outage.
    pub fn stopped<T>(&mut self, outage: impl FnOnce() -> T) -> Result<T> {
        self.stop()?;
        let result = outage();
        self.start()?;
        Ok(result)
    }

    /// What the process prints: from its start, or from just after the banner of an [`OutputExecutor`]. It can be read after the process
    /// has stopped too, as long as the executor exists.
    pub fn output(&self) -> Result<BufReader<File>> {
        let facts = self.facts()?;
        open(&facts.log, facts.banner_end)
    }

    /// What the process prints to standard error, from its start.
    pub fn err_output(&self) -> Result<BufReader<File>> {
        let facts = self.facts()?;
        open(&facts.error_log, 0)
    }

    /// The number of the process.
    pub fn pid(&self) -> Result<u32> {
        Ok(self.facts()?.pid)
    }

    /// The leased port, if the command speaks of `{port}`.
    pub fn port(&self) -> Result<Option<u16>> {
        Ok(self.facts()?.ports.get("").copied())
    }

    fn facts(&self) -> Result<&Facts> {
        self.started.as_ref().map(|started| &started.facts).ok_or_else(|| {
            let problem = format!("`{}` has not been started", self.program.shown());
            Cause::io("look at the process", problem).into()
        })
    }
}

/// Waits for what only this process can check.
fn wait_in_client(
    readiness: &mut dyn Readiness,
    started: &mut Option<Started>,
    program: &Program,
    until: Instant,
) -> Result<()> {
    let Some(Started { lease, facts }) = started else {
        return Err(Cause::io("wait", format!("`{}` has not been started", program.shown())).into());
    };
    // A process that has ended already has no descriptor; then its end is seen at the first look.
    let exits = process::exits(facts.pid).ok();
    let ended = {
        let lease = std::sync::Mutex::new(&mut *lease);
        let waiting = Waiting {
            ended: &|| {
                let mut lease = lease.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                lease.status().map_or(Some(crate::error::End::Unseen), |(_, ended)| ended)
            },
            end: exits.as_ref().map(AsFd::as_fd),
            unwanted: Vec::new(),
            until,
        };
        wait(readiness, &waiting)
    };
    let Err(missed) = ended else { return Ok(()) };
    let log = tail(&facts.log);
    let _ = lease.stop(How { signal: Some("SIGKILL".into()), ..How::default() });
    let (name, command) = (facts.name.clone(), program.shown());
    Err(Error::from(match missed {
        Missed::Ended(end) => Cause::Exited { name, command, end, log },
        Missed::Deadline(missing) => {
            let after = program.launch(&Site::SYMBOLIC).timeout;
            let stopped = format!("pid {} and all its descendants", facts.pid);
            Cause::NotReady { name, command, after, missing, stopped, log }
        }
        Missed::Failed(reason) => Cause::Check { name, command, reason, log },
        Missed::Unwanted => Cause::SessionEnded { why: format!("`{name}` was no longer wanted") },
    }))
}

fn open(path: &Path, from: u64) -> Result<BufReader<File>> {
    let opened = File::open(path).and_then(|mut file| {
        file.seek(SeekFrom::Start(from))?;
        Ok(file)
    });
    let file = opened.map_err(|error| Cause::io(format!("read `{}`", path.display()), error))?;
    Ok(BufReader::new(file))
}

impl Drop for Started {
    fn drop(&mut self) {
        // How it ends is of no interest to somebody who has dropped it.
        let _ = self.lease.release(How::default());
    }
}

impl<K: Kind> fmt::Display for ExecutorOf<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", K::NAME, self.program.shown())
    }
}

impl<K: Kind> fmt::Debug for ExecutorOf<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let command = self.program.shown();
        let short: String = command.chars().take(40).collect();
        let dots = if short.len() < command.len() { "…" } else { "" };
        write!(f, "{}({short}{dots})", K::NAME)
    }
}
