//! The supervisor's own life: one for each session.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nix::fcntl::Flock;
use nix::sys::signal::Signal;
use nix::sys::signalfd::SignalFd;
use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::geteuid;

use super::announcement::announce;
use super::asked::Preparing;
use super::assignment::Assignment;
use super::held::Held;
use super::protocol::{Reply, Request, receive, send};
use super::registry::{Acquired, Registry};
use super::sweep::sweep;
use crate::deadline::Deadline;
use crate::directory::{Directories, SessionDir};
use crate::error::Cause;
use crate::process::{self, Interest, Spawner, Spawning, remove_shared_memory};
use crate::startup::{ABANDONED_GRACE, How};

/// Threads only hold a connection each; most of them do nothing but wait.
const STACK: usize = 512 << 10;

/// How long killed processes may take to be gone at the end of the session.
const LAST: Duration = Duration::from_secs(3);

/// What a supervisor works with.
struct Supervisor {
    listener: UnixListener,
    signals: SignalFd,
    spawning: Spawning,
    registry: Arc<Registry>,
    runner: std::os::fd::OwnedFd,
    ending: io::PipeWriter,
    /// Closed at the other end when other sessions have been swept.
    swept: Option<io::PipeReader>,
    _life: Flock<File>,
}

/// Runs the supervisor; the process never comes to its `main`.
pub(super) fn main(assignment: Assignment) -> ! {
    // From here on in a process session of its own, as nobody's child: signals to the runner's process group do not arrive, and no
    // test that waits for any child meets it.
    let detached =
        nix::unistd::daemon(false, true).map_err(|errno| Cause::io("detach the supervisor", errno));
    process::close_all_but(3, None);
    let _ = nix::sys::prctl::set_name(c"fixtured");
    match detached.and_then(|()| Supervisor::new(&assignment)) {
        Ok(mut supervisor) => {
            announce(Ok(()));
            let session = SessionDir::at(assignment.session);
            if let Ok((swept, sweeping)) = io::pipe() {
                supervisor.swept = Some(swept);
                thread::spawn(move || {
                    sweep(&session);
                    drop(sweeping);
                });
            }
            supervisor.run();
            std::process::exit(0)
        }
        Err(cause) => {
            announce(Err(&cause));
            std::process::exit(1)
        }
    }
}

impl Supervisor {
    fn new(assignment: &Assignment) -> Result<Self, Cause> {
        let failed = |doing: &str| {
            let doing = doing.to_owned();
            move |error: io::Error| Cause::io(doing, error)
        };
        let Assignment {
            session,
            runner,
            data,
        } = assignment;
        process::ignore_broken_pipes();
        process::raise_descriptor_limit();
        process::stay_subreaper().map_err(failed("become the parent of orphans"))?;
        let signals = [
            Signal::SIGCHLD,
            Signal::SIGTERM,
            Signal::SIGINT,
            Signal::SIGHUP,
        ];
        let signals = process::block_signals(&signals).map_err(failed("receive signals"))?;
        let gone = |error| Cause::SessionEnded {
            why: format!("its runner (pid {}) is gone: {error}", runner.pid),
        };
        let watched = process::exits(runner.pid).map_err(gone)?;
        if !runner.runs() {
            return Err(Cause::SessionEnded {
                why: format!("its runner (pid {}) is gone", runner.pid),
            });
        }
        let session = SessionDir::at(session);
        let life = session
            .try_lock_life()
            .map_err(failed("lock the session"))?
            .ok_or_else(|| Cause::io("lock the session", "its directory is gone"))?;
        let listener = session.listen().map_err(failed("listen for clients"))?;
        let directories = Directories::new(session, data.clone());
        let (spawner, spawning) = Spawner::new().map_err(failed("make a way to spawn"))?;
        let (ended, ending) = io::pipe().map_err(failed("make a pipe"))?;
        let registry = Arc::new(Registry::new(spawner, directories, ended, *runner));
        listener
            .set_nonblocking(true)
            .map_err(failed("listen for clients"))?;
        Ok(Self {
            listener,
            signals,
            spawning,
            registry,
            runner: watched,
            ending,
            swept: None,
            _life: life,
        })
    }

    /// Serves until the runner is gone, and then leaves nothing behind.
    fn run(self) {
        let registry = Arc::clone(&self.registry);
        let limiting = thread::Builder::new().stack_size(STACK);
        // Without a thread the logs only take more room.
        let _ = limiting.spawn(move || {
            let session = registry.directories.session();
            registry.logs.limit(session.path(), registry.ending.as_fd());
        });
        loop {
            let interests = [
                Interest::readable(self.runner.as_fd()),
                Interest::readable(self.signals.as_fd()),
                Interest::readable(self.spawning.wake()),
                Interest::readable(self.listener.as_fd()),
            ];
            let Ok(happened) = process::wait(&interests, Deadline::NONE) else {
                break;
            };
            let [runner_gone, signal, spawn, client] = happened[..] else {
                break;
            };
            let told_to_end = signal && heed(&self.signals, &self.spawning);
            if spawn {
                self.spawning.work();
            }
            if client && let Ok((stream, _)) = self.listener.accept() {
                let registry = Arc::clone(&self.registry);
                let serving = thread::Builder::new()
                    .stack_size(STACK)
                    .spawn(move || serve(stream, &registry));
                // Without a thread the connection is closed, which the client is told as an error.
                drop(serving);
            }
            if runner_gone && !told_to_end {
                self.stay();
            }
            if runner_gone || told_to_end {
                break;
            }
        }
        self.end();
    }

    /// Goes on as long as somebody may want to look at what is kept: until it is asked to end.
    fn stay(&self) {
        let registry = Arc::clone(&self.registry);
        // Meanwhile this thread goes on as the parent of all.
        let (Ok((kept, keeping)), mut told_to_end) = (io::pipe(), false) else {
            return;
        };
        thread::spawn(move || {
            if registry.stop_all_but_kept() {
                // The end of the supervisor is the end of this.
                std::mem::forget(keeping);
            }
        });
        while !told_to_end {
            let interests = [
                Interest::readable(kept.as_fd()),
                Interest::readable(self.signals.as_fd()),
                Interest::readable(self.spawning.wake()),
            ];
            match process::wait(&interests, Deadline::NONE).as_deref() {
                Ok([false, ..]) => {}
                _ => break,
            }
            self.spawning.work();
            told_to_end = heed(&self.signals, &self.spawning);
        }
    }

    fn end(self) {
        drop(self.ending);
        drop(self.listener);
        let (done, stopped) = match io::pipe() {
            Ok((read, write)) => (read, write),
            Err(_) => return self.registry.directories.session().remove(),
        };
        let registry = Arc::clone(&self.registry);
        thread::spawn(move || {
            registry.stop_all();
            drop(stopped);
        });
        let until = Deadline::after(LAST);
        // Meanwhile this thread goes on as the parent of all.
        loop {
            let interests = [
                Interest::readable(done.as_fd()),
                Interest::readable(self.signals.as_fd()),
                Interest::readable(self.spawning.wake()),
            ];
            let happened = process::wait(&interests, until).unwrap_or_default();
            self.spawning.refuse();
            heed(&self.signals, &self.spawning);
            if happened.first() != Some(&false) || until.has_passed() {
                break;
            }
        }
        while self.spawning.kill_orphans() && !until.has_passed() {
            let _ = process::wait(&[Interest::readable(self.signals.as_fd())], until);
            heed(&self.signals, &self.spawning);
        }
        // Those that were killed may have been dying when this was done for each.
        let session = self.registry.directories.session();
        remove_shared_memory(&session.processes());
        session.remove();
        // A short session must not leave the sweep to the next one.
        let swept = self
            .swept
            .iter()
            .map(|swept| Interest::closed(swept.as_fd()));
        let _ = process::wait(&swept.collect::<Vec<_>>(), until);
        self.registry.templates.finish();
    }
}

/// Collects children. Says whether the supervisor itself was asked to end.
fn heed(signals: &SignalFd, spawning: &Spawning) -> bool {
    let mut end = false;
    while let Ok(Some(signal)) = signals.read_signal() {
        end |= signal.ssi_signo != Signal::SIGCHLD as u32;
    }
    spawning.collect();
    end
}

/// Serves one client until it is gone.
fn serve(stream: UnixStream, registry: &Registry) {
    // On some systems an accepted socket inherits this.
    let _ = stream.set_nonblocking(false);
    let peer = getsockopt(&stream, PeerCredentials);
    if !peer.is_ok_and(|peer| peer.uid() == geteuid().as_raw()) {
        return;
    }
    let mut client = Client::default();
    while let Ok(Some(request)) = receive(&stream) {
        let reply = client.answer(request, registry, &stream);
        if send(&stream, &reply.unwrap_or_else(Reply::Failed)).is_err() {
            break;
        }
    }
    if let Some(held) = client.held {
        let how = How {
            grace: Some(ABANDONED_GRACE),
            ..How::default()
        };
        let _ = held.release(&how, None);
    }
}

/// What one client has.
#[derive(Default)]
struct Client {
    held: Option<Held>,
    preparing: Option<Preparing>,
}

impl Client {
    fn answer(
        &mut self,
        request: Request,
        registry: &Registry,
        stream: &UnixStream,
    ) -> Result<Reply, Cause> {
        let nothing = || Cause::io("understand the client", "it holds nothing");
        match request {
            Request::Acquire {
                launch,
                scope,
                test,
                environment,
            } => {
                let client = stream.as_fd();
                let acquired = registry.acquire(&launch, scope, &test, &environment, client)?;
                Ok(self.take(acquired))
            }
            Request::Hold {
                launch,
                environment,
            } => {
                let told = |phase| {
                    // A client that is gone ends the start.
                    let _ = send(stream, &Reply::Phase(phase));
                };
                let acquired = registry.hold(&launch, &environment, stream.as_fd(), &told)?;
                Ok(self.take(acquired))
            }
            Request::Prepared(result) => {
                let preparing = self.preparing.take().ok_or_else(nothing)?;
                let acquired = registry.prepared(preparing, result, stream.as_fd())?;
                Ok(self.take(acquired))
            }
            Request::Stop(how) => {
                let running = self.held.as_ref().ok_or_else(nothing)?.running();
                let client = Some(stream.as_fd());
                running.stop(&how, client).map(|()| Reply::Done)
            }
            Request::Again { environment } => {
                let held = self.held.as_ref().ok_or_else(nothing)?;
                let facts = registry.again(held, &environment, stream.as_fd())?;
                Ok(Reply::Acquired(Box::new(facts)))
            }
            Request::StopProcess { process, how } => {
                let held = self.held.as_ref().ok_or_else(nothing)?;
                let running = held.own("stop processes of")?;
                let client = Some(stream.as_fd());
                let stopped = running.stop_process(&process, &how, client);
                stopped.map(|()| Reply::Done)
            }
            Request::StartProcess {
                process,
                environment,
            } => {
                let held = self.held.as_ref().ok_or_else(nothing)?;
                let started = registry.process_again(held, &process, &environment, stream.as_fd());
                started.map(|()| Reply::Done)
            }
            Request::Processes => {
                let running = self.held.as_ref().ok_or_else(nothing)?.running();
                Ok(Reply::Processes(running.status()))
            }
            Request::StateOf(process) => {
                let running = self.held.as_ref().ok_or_else(nothing)?.running();
                let state = running.state_of(process.as_deref());
                state.map(Reply::StateOf)
            }
            Request::Release(how) => {
                let held = self.held.take().ok_or_else(nothing)?;
                let client = Some(stream.as_fd());
                held.release(&how, client).map(|()| Reply::Done)
            }
            Request::Beside => {
                let held = self.held.as_ref().ok_or_else(nothing)?;
                Ok(Reply::Beside(held.beside()))
            }
            Request::KeepLog(path) => {
                registry.logs.keep(&path);
                Ok(Reply::Kept(std::process::id()))
            }
            Request::Keep => {
                registry.keep(self.held.take().ok_or_else(nothing)?);
                Ok(Reply::Kept(std::process::id()))
            }
            Request::Overview => Ok(Reply::Overview(Box::new(registry.overview()))),
            Request::Status => {
                let running = self.held.as_ref().ok_or_else(nothing)?.running();
                Ok(Reply::Status {
                    runs: running.runs(),
                    ended: running.ended(),
                })
            }
        }
    }

    fn take(&mut self, acquired: Acquired) -> Reply {
        match acquired {
            Acquired::Held(held, facts) => {
                self.held = Some(held);
                Reply::Acquired(Box::new(facts))
            }
            Acquired::Prepare(preparing, facts) => {
                self.preparing = Some(*preparing);
                Reply::Prepare(Box::new(facts))
            }
        }
    }
}
