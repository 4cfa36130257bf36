//! One start of a launch: prepare, spawn, wait; and one stop.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::directory::{Directories, InstanceDir};
use crate::error::{Cause, End, LogTail};
use crate::launch::{Command, HttpProbe, Launch, Process, Ready, Step};
use crate::place::{self, Place};
use crate::port::PortLease;
use crate::process::{Child, Interest, Kill, Plan, Spawner, User, number, wait};
use crate::ready::{self, Check, Exchange, Http, Missed, Output, PidFile, Readiness, Succeeds, Tcp, UnixSocket, Waiting};
use crate::software::Programs;
use crate::template::Template;

/// The variable that marks what a session has started, for the session that cleans up after it.
pub(crate) const MARK: &str = "FIXTURED_STARTED_BY";

/// How often a start is tried when another process takes its port.
const TRIES: usize = 3;

/// How many lines of a log a message shows, and how much of its end is read for them.
const TAIL_LINES: usize = 30;
const TAIL_BYTES: u64 = 16 * 1024;

/// How long what was killed may take to be gone.
const KILLED: Duration = Duration::from_secs(5);

/// What a start needs besides the launch.
pub(crate) struct Start<'a> {
    pub(crate) launch: &'a Launch,
    /// The environment of the test that asks.
    pub(crate) environment: &'a BTreeMap<String, String>,
    pub(crate) spawner: &'a Spawner,
    pub(crate) directories: &'a Directories,
    /// What is closed when nobody wants the daemon any more.
    pub(crate) unwanted: Vec<BorrowedFd<'a>>,
}

/// A daemon that runs. Dropping it kills what is left of it and removes its directory.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) launch: Launch,
    pub(crate) place: Place,
    pub(crate) log: PathBuf,
    /// Where the output of the last process starts in the log, and where its banner ended.
    pub(crate) output_from: u64,
    pub(crate) banner_end: u64,
    processes: Vec<Started>,
    // These are given back in this order, when the processes are gone.
    _dir: InstanceDir,
    _ports: Vec<PortLease>,
}

#[derive(Debug)]
struct Started {
    child: Child,
    command: String,
    kill: Kill,
    expected: Option<i32>,
}

impl Start<'_> {
    /// Starts the daemon and waits until it is ready. When this fails, everything that it started is gone.
    pub(crate) fn run(&self) -> Result<Running, Cause> {
        let Launch { name, problem, timeout, .. } = self.launch;
        if let Some(problem) = problem {
            return Err(Cause::Invalid { name: name.clone(), problem: problem.clone() });
        }
        let until = Instant::now() + *timeout;
        let programs = Programs::find(self.launch, self.environment)?;
        let mut tries = 1;
        loop {
            match self.attempt(&programs, until) {
                Err(Cause::Exited { log, .. }) if tries < TRIES && lost_a_port(self.launch, &log) => tries += 1,
                result => return result,
            }
        }
    }

    fn attempt(&self, programs: &Programs<'_>, until: Instant) -> Result<Running, Cause> {
        let launch = self.launch;
        let user = unprivileged(launch);
        let (dir, log) = self.directories.for_instance(&launch.name, user.as_ref())?;
        let (ports, numbers) = place::lease(launch).map_err(|error| Cause::io("lease a port", error))?;
        let place = Place { dir: dir.path().into(), ports: numbers, values: launch.values.clone() };
        let mut running = Running {
            launch: launch.clone(),
            place,
            log,
            output_from: 0,
            banner_end: 0,
            processes: Vec::new(),
            _dir: dir,
            _ports: ports,
        };
        for process in &launch.processes {
            self.refuse_what_is_there(process, &running.place)?;
        }
        for step in &launch.prepare {
            self.prepare(step, programs, &mut running, until)?;
        }
        for process in &launch.processes {
            self.start(process, programs, &mut running, until)?;
        }
        if let Some(ready) = &launch.foreign {
            self.find(ready, programs, &running, until)?;
        }
        Ok(running)
    }

    /// Whatever would make the process count as ready before it has been started is not ours.
    fn refuse_what_is_there(&self, process: &Process, place: &Place) -> Result<(), Cause> {
        let found = match &process.ready {
            Ready::Tcp(address) => tcp_is_there(&place.fill(address)),
            Ready::Http(probe) => tcp_is_there(&authority(&place.fill(&probe.url))),
            Ready::UnixSocket(path) => {
                let path = working_directory(&process.command, place).join(place.fill(path));
                let there = UnixStream::connect(&path).is_ok();
                there.then(|| format!("{} accepted a connection", path.display()))
            }
            Ready::PidFile(path) => {
                let path = working_directory(&process.command, place).join(place.fill(path));
                path.exists().then(|| format!("{} existed", path.display()))
            }
            _ => None,
        };
        let Some(what) = found else { return Ok(()) };
        let command = shown(&process.command, place);
        Err(Cause::AlreadyRunning { name: self.launch.name.clone(), what, command })
    }

    fn prepare(&self, step: &Step, programs: &Programs<'_>, running: &mut Running, until: Instant) -> Result<(), Cause> {
        match step {
            Step::Write { path, text } => {
                let path = running.place.fill(path);
                let written = fs::write(&path, running.place.fill(text));
                written.map_err(|error| Cause::io(format!("write `{path}`"), error))
            }
            Step::Run(command) => self.complete(command, programs, running, until),
            Step::Template { into, build } => {
                let into = PathBuf::from(running.place.fill(into));
                let program = programs.file(&build.program, &running.place.dir)?;
                let template = Template::new(&self.launch.name, &program, &build.args, self.environment)?;
                let user = user(build);
                template.copy(&into, user.as_ref(), |path| {
                    running.place.values.insert("template".into(), path.display().to_string());
                    self.complete(build, programs, running, until)
                })
            }
        }
    }

    /// Runs a command to its end, which must be a good one.
    fn complete(&self, command: &Command, programs: &Programs<'_>, running: &mut Running, until: Instant) -> Result<(), Cause> {
        let process = Process::new(command.clone(), Ready::Started);
        let child = self.spawn(&process, programs, running)?;
        let waiting = Waiting {
            // Whichever way it ends, it ends this wait by being ready.
            ended: &|| None,
            end: Some(child.child.end()),
            unwanted: self.unwanted.clone(),
            until,
        };
        let mut has_ended = || match child.child.ended() {
            Some(_) => Check::Ready,
            None => Check::NotYet("it was still running".into()),
        };
        let waited = ready::wait(&mut has_ended, &waiting);
        let ended = child.child.ended();
        let pid = child.child.pid();
        let shown = child.command.clone();
        child.finish(Kill::NOW);
        match (waited, ended) {
            (Ok(()), Some(End::Code(0))) => Ok(()),
            (Ok(()), end) => Err(Cause::Exited {
                name: self.launch.name.clone(),
                command: shown,
                end: end.unwrap_or(End::Unseen),
                log: tail(&running.log),
            }),
            (Err(missed), _) => Err(self.missed(missed, shown, pid, &running.log)),
        }
    }

    /// Starts one of the server processes and waits until it is ready.
    fn start(&self, process: &Process, programs: &Programs<'_>, running: &mut Running, until: Instant) -> Result<(), Cause> {
        let name = &self.launch.name;
        running.output_from = length(&running.log);
        let started = self.spawn(process, programs, running)?;
        let files = [(running.log.as_path(), running.output_from), (&error_log(&running.log), 0)];
        let cwd = working_directory(&process.command, &running.place);
        let mut banner = None;
        let mut readiness = self.readiness(&process.ready, &cwd, programs, running, &files, &mut banner)?;
        let waiting = Waiting {
            ended: &|| started.child.ended(),
            end: Some(started.child.end()),
            unwanted: self.unwanted.clone(),
            until,
        };
        let waited = ready::wait(&mut *readiness, &waiting);
        drop(readiness);
        if let Err(missed) = waited {
            let (pid, command) = (started.child.pid(), started.command.clone());
            started.finish(Kill::NOW);
            return Err(match missed {
                Missed::Ended(end) => Cause::Exited { name: name.clone(), command, end, log: tail(&running.log) },
                other => self.missed(other, command, pid, &running.log),
            });
        }
        let read_to = banner.map(|end| end.load(std::sync::atomic::Ordering::Relaxed));
        running.banner_end = read_to.unwrap_or(running.output_from);
        running.processes.push(started);
        Ok(())
    }

    /// Waits for a server that somebody else runs.
    fn find(&self, ready: &Ready, programs: &Programs<'_>, running: &Running, until: Instant) -> Result<(), Cause> {
        let mut readiness = self.readiness(ready, Path::new("/"), programs, running, &[], &mut None)?;
        let waiting = Waiting { ended: &|| None, end: None, unwanted: self.unwanted.clone(), until };
        ready::wait(&mut *readiness, &waiting).map_err(|missed| match missed {
            Missed::Deadline(missing) => {
                Cause::NotFound { name: self.launch.name.clone(), after: self.launch.timeout, missing }
            }
            other => self.missed(other, "none".into(), 0, &running.log),
        })
    }

    fn missed(&self, missed: Missed, command: String, pid: u32, log: &Path) -> Cause {
        let name = self.launch.name.clone();
        match missed {
            Missed::Deadline(missing) => Cause::NotReady {
                name,
                command,
                after: self.launch.timeout,
                missing,
                stopped: format!("pid {pid} and all its descendants"),
                log: tail(log),
            },
            Missed::Unwanted => Cause::SessionEnded { why: format!("`{name}` was no longer wanted while it started") },
            Missed::Failed(reason) => Cause::Check { name, command, reason, log: tail(log) },
            Missed::Ended(end) => Cause::Exited { name, command, end, log: tail(log) },
        }
    }

    fn readiness<'b>(
        &'b self,
        ready: &'b Ready,
        cwd: &Path,
        programs: &'b Programs<'_>,
        running: &'b Running,
        files: &[(&Path, u64)],
        banner: &mut Option<std::sync::Arc<std::sync::atomic::AtomicU64>>,
    ) -> Result<Box<dyn Readiness + 'b>, Cause> {
        let place = &running.place;
        let invalid = |problem| Cause::Invalid { name: self.launch.name.clone(), problem };
        Ok(match ready {
            Ready::Started => Box::new(|| Check::Ready),
            Ready::Tcp(address) => Box::new(Tcp::new(place.fill(address))),
            Ready::UnixSocket(path) => Box::new(UnixSocket::new(cwd.join(place.fill(path)))),
            Ready::Http(probe) => Box::new(Http::new(filled(probe, place)).map_err(invalid)?),
            Ready::PidFile(path) => Box::new(PidFile::new(cwd.join(place.fill(path)))),
            Ready::Output(pattern) => {
                let pattern = place.fill(pattern);
                let files: Vec<_> = files.iter().copied().filter(|(path, _)| path.exists()).collect();
                let output = Output::new(&pattern, &files).map_err(|error| Cause::io("watch a log", error))?;
                let wrong = |error| invalid(format!("`{pattern}` is no regular expression: {error}"));
                let output = output.map_err(wrong)?;
                *banner = Some(output.found());
                Box::new(output)
            }
            Ready::Exchange { address, send, expect } => {
                Box::new(Exchange::new(&place.fill(address), &place.fill(send), expect))
            }
            Ready::Command(command) => {
                let asks = Process::new(command.clone(), Ready::Started);
                Box::new(Succeeds::new(move || {
                    let plan = self.plan(&asks, programs, running).map_err(|cause| io::Error::other(cause.to_string()))?;
                    self.spawner.spawn(plan)
                }))
            }
        })
    }

    fn spawn(&self, process: &Process, programs: &Programs<'_>, running: &Running) -> Result<Started, Cause> {
        let plan = self.plan(process, programs, running)?;
        let kill = plan.stop;
        let command = shown(&process.command, &running.place);
        let expected = process.stop.expected_returncode;
        match self.spawner.spawn(plan) {
            Ok(child) => Ok(Started { child, command, kill, expected }),
            Err(error) => {
                let cwd = working_directory(&process.command, &running.place);
                let reason = match cwd.is_dir() {
                    true => error.to_string(),
                    false => format!("the directory `{}` does not exist", cwd.display()),
                };
                Err(Cause::Spawn { name: self.launch.name.clone(), command, reason })
            }
        }
    }

    fn plan(&self, process: &Process, programs: &Programs<'_>, running: &Running) -> Result<Plan, Cause> {
        let Process { command, stop, split_output, .. } = process;
        let place = &running.place;
        let invalid = |problem| Cause::Invalid { name: self.launch.name.clone(), problem };
        let cwd = working_directory(command, place);
        let stdout = open_log(&running.log)?;
        let stderr = match split_output {
            true => open_log(&error_log(&running.log))?,
            false => stdout.try_clone().map_err(|error| Cause::io("share a log", error))?,
        };
        Ok(Plan {
            program: programs.file(&place.fill(&command.program), &cwd)?,
            args: command.args.iter().map(|arg| place.fill(arg)).collect(),
            env: self.variables(command, place),
            cwd,
            stdout,
            stderr,
            user: user(command),
            stop: Kill::new(stop).map_err(invalid)?,
        })
    }

    fn variables(&self, command: &Command, place: &Place) -> Vec<(String, String)> {
        let mut variables = BTreeMap::new();
        if command.inherit_env {
            variables.clone_from(self.environment);
        } else {
            let kept = ["PATH", "TZ", "TMPDIR", "LD_LIBRARY_PATH"];
            let kept = kept.iter().filter_map(|name| self.environment.get_key_value(*name));
            variables.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
            variables.insert("HOME".into(), place.dir.display().to_string());
            variables.insert("LC_ALL".into(), "C".into());
        }
        variables.extend(command.env.iter().map(|(name, value)| (name.clone(), place.fill(value))));
        variables.insert(MARK.into(), self.directories.session().display().to_string());
        variables.into_iter().collect()
    }
}

impl Running {
    /// The number of the main process: the last that was started.
    pub(crate) fn pid(&self) -> u32 {
        self.processes.last().map_or(0, |process| process.child.pid())
    }

    /// How the daemon ended, if one of its processes has. Exit status 0 is no end: daemons fork.
    pub(crate) fn ended(&self) -> Option<End> {
        self.processes.iter().find_map(|process| process.child.ended()).filter(|end| *end != End::Code(0))
    }

    /// Whether any of the main process's descendants still runs, itself included.
    pub(crate) fn runs(&self) -> bool {
        self.processes.last().is_some_and(|process| !process.child.gone(Instant::now()))
    }

    /// Whether everybody can still use it.
    pub(crate) fn lives(&self) -> bool {
        self.launch.foreign.is_some() || self.ended().is_none() && self.runs()
    }

    /// Ends all processes, in the opposite order, each by its own signal or the one given; at most `how.grace` is left to them.
    /// When it returns they are gone. Doing it again does no harm.
    pub(crate) fn stop(&self, how: &How) -> Result<(), Cause> {
        let mut result = Ok(());
        let invalid = |problem| Cause::Invalid { name: self.launch.name.clone(), problem };
        let signal = how.signal.as_deref().map(number).transpose().map_err(invalid)?;
        for process in self.processes.iter().rev() {
            let kill = Kill { signal: signal.unwrap_or(process.kill.signal), ..process.kill };
            let kill = how.grace.map_or(kill, |grace| kill.within(grace));
            let expected = how.expected_returncode.or(process.expected).unwrap_or(0);
            let end = process.finish(kill);
            if end != End::Code(0) && end != End::Code(expected) && end != End::Signal(kill.signal) {
                let (name, command) = (self.launch.name.clone(), process.command.clone());
                result = Err(Cause::Finished { name, command, end, log: tail(&self.log) });
            }
        }
        result
    }

    /// Removes what it has written, when nobody will read it any more.
    pub(crate) fn forget_log(&self) {
        let _ = fs::remove_file(&self.log);
        let _ = fs::remove_file(error_log(&self.log));
    }

    /// Where standard error goes.
    pub(crate) fn error_log(&self) -> PathBuf {
        let path = error_log(&self.log);
        if path.exists() { path } else { self.log.clone() }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for process in &self.processes {
            process.finish(Kill::NOW);
        }
    }
}

/// How a daemon is stopped, where this is not as its launch says.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct How {
    pub(crate) signal: Option<String>,
    pub(crate) expected_returncode: Option<i32>,
    pub(crate) grace: Option<Duration>,
}

impl Started {
    /// Ends the process and its descendants, and waits until they are gone.
    fn finish(&self, kill: Kill) -> End {
        self.child.kill(kill);
        let end = Interest::readable(self.child.end());
        let until = Instant::now() + kill.grace + KILLED;
        let _ = wait(&[end], Some(until));
        let ended = self.child.ended().unwrap_or(End::Unseen);
        self.child.gone(until);
        ended
    }
}

/// Whether a process ended because somebody else had its port, and another one can be tried.
fn lost_a_port(launch: &Launch, log: &LogTail) -> bool {
    let taken = log.lines.iter().any(|line| line.to_lowercase().contains("address already in use"));
    taken && place::lease(launch).is_ok_and(|(leases, _)| !leases.is_empty())
}

fn tcp_is_there(address: &str) -> Option<String> {
    (Tcp::new(address).check() == Check::Ready).then(|| format!("{address} accepted a connection"))
}

/// `host:port` of a URL; port 80 if it names none.
fn authority(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    if has_port { authority.into() } else { format!("{authority}:80") }
}

fn filled(probe: &HttpProbe, place: &Place) -> HttpProbe {
    let pairs = |pairs: &[(String, String)]| pairs.iter().map(|(name, value)| (name.clone(), place.fill(value))).collect();
    HttpProbe {
        url: place.fill(&probe.url),
        headers: pairs(&probe.headers),
        payload: pairs(&probe.payload),
        ..probe.clone()
    }
}

fn working_directory(command: &Command, place: &Place) -> PathBuf {
    match &command.cwd {
        Some(cwd) => place.fill(&cwd.to_string_lossy()).into(),
        None => place.dir.clone(),
    }
}

/// A command as one would type it.
fn shown(command: &Command, place: &Place) -> String {
    let words = std::iter::once(&command.program).chain(&command.args).map(|word| place.fill(word));
    shell_words::join(words)
}

/// The user that a launch runs as, if it must not be root.
fn unprivileged(launch: &Launch) -> Option<User> {
    let built = launch.prepare.iter().filter_map(|step| match step {
        Step::Run(command) | Step::Template { build: command, .. } => Some(command),
        Step::Write { .. } => None,
    });
    built.chain(launch.processes.iter().map(|process| &process.command)).find_map(user)
}

fn user(command: &Command) -> Option<User> {
    User::instead_of_root(command.as_root.as_deref()?)
}

fn error_log(log: &Path) -> PathBuf {
    log.with_extension("err")
}

fn open_log(path: &Path) -> Result<File, Cause> {
    let file = OpenOptions::new().create(true).append(true).mode(0o600).open(path);
    file.map_err(|error| Cause::io(format!("create `{}`", path.display()), error))
}

fn length(path: &Path) -> u64 {
    fs::metadata(path).map_or(0, |file| file.len())
}

/// The end of what a daemon has written, standard error last.
pub(crate) fn tail(log: &Path) -> LogTail {
    let mut lines = last_lines(log, 0);
    lines.extend(last_lines(&error_log(log), 0));
    LogTail { path: log.into(), lines }
}

/// The last lines of a file, of those after a position.
pub(crate) fn last_lines(path: &Path, from: u64) -> Vec<String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut file = File::open(path)?;
        let end = file.metadata()?.len();
        file.seek(SeekFrom::Start(from.max(end.saturating_sub(TAIL_BYTES))))?;
        let mut bytes = Vec::new();
        file.take(TAIL_BYTES).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text.lines().map(str::trim_end).filter(|line| !line.is_empty()).collect();
    lines.iter().skip(lines.len().saturating_sub(TAIL_LINES)).map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_a_port_means_port_80() {
        for (url, wanted) in [
            ("http://127.0.0.1:8080/health", "127.0.0.1:8080"),
            ("http://localhost/x:1", "localhost:80"),
            ("http://[::1]:7?x", "[::1]:7"),
            ("http://[::1]", "[::1]:80"),
        ] {
            assert_eq!(authority(url), wanted);
        }
    }

    #[test]
    fn a_lost_port_is_tried_again_unless_it_is_fixed() {
        let log = LogTail { path: "log".into(), lines: vec!["bind: Address already in use".into()] };
        let mut launch = Launch { url: "{port}".into(), ..Launch::new("x") };
        assert!(lost_a_port(&launch, &log));
        assert!(!lost_a_port(&launch, &LogTail::default()));
        launch.fixed_ports.insert(String::new(), 80);
        assert!(!lost_a_port(&launch, &log));
    }
}
