//! The supervisor's own life: one for each session.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, SystemTime};

use nix::fcntl::Flock;
use nix::sys::signal::Signal;
use nix::sys::signalfd::SignalFd;

use super::announcement::announce;
use super::assignment::Assignment;
use super::client_connection::serve;
use super::listener::{Listener, refuse};
use super::registry::Registry;
use super::sweep::{are_gone, sweep};
use crate::deadline::Deadline;
use crate::directory::{Directories, SessionDir};
use crate::error::Cause;
use crate::process::{self, Interest, Spawner, Spawning, remove_shared_memory};

/// Threads only hold a connection each; most of them do nothing but wait.
const STACK: usize = 512 << 10;

/// How long killed processes may take to be gone at the end of the session.
const LAST: Duration = Duration::from_secs(3);

/// What a supervisor works with.
struct Supervisor {
    listener: Listener,
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
    // From here on it has a separate process session and is not a child of the test: it gets no signals to the runner's process group, and
    // a test that waits for any child does not reap it.
    let detached = nix::unistd::daemon(false, true)
        .map_err(|errno| Cause::io("detach the supervisor", process::with_limit(errno.into())));
    process::close_all_but(3, None);
    let _ = nix::sys::prctl::set_name(c"fixtured");
    match detached.and_then(|()| Supervisor::new(&assignment)) {
        Ok(mut supervisor) => {
            announce(Ok(()));
            let session = SessionDir::at(assignment.session);
            if let Ok((swept, sweeping)) = io::pipe() {
                supervisor.swept = Some(swept);
                // Without a thread, the next session does it.
                let _ = thread::Builder::new().spawn(move || {
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
        process::stay_subreaper().map_err(failed("become a subreaper"))?;
        let signals = [
            Signal::SIGCHLD,
            Signal::SIGTERM,
            Signal::SIGINT,
            Signal::SIGHUP,
            // Writing too large a file is an error, not the end.
            Signal::SIGXFSZ,
        ];
        let signals = process::block_signals(&signals).map_err(failed("receive signals"))?;
        let gone = |error| Cause::SessionEnded {
            why: format!("its runner (pid {}) is gone: {error}", runner.pid),
        };
        let watched = process::pidfd(runner.pid).map_err(gone)?;
        if !runner.runs() {
            return Err(Cause::SessionEnded {
                why: format!("its runner (pid {}) is gone", runner.pid),
            });
        }
        let session = SessionDir::at(session);
        let at = session.path().display().to_string();
        let lock = format!("lock the session `{at}`");
        let life = session.try_lock_life().map_err(failed(&lock))?;
        let life = life.ok_or_else(|| Cause::io(lock, "its directory is gone"))?;
        let listen = format!("listen for clients in `{at}`");
        let listener = session.listen().map_err(failed(&listen))?;
        let directories = Directories::new(session, data.clone());
        let (spawner, spawning) = Spawner::new().map_err(failed("create the spawner"))?;
        let (ended, ending) = io::pipe().map_err(failed("make a pipe"))?;
        let registry = Arc::new(Registry::new(spawner, directories, ended, *runner));
        let listener = Listener::new(listener).map_err(failed("listen for clients"))?;
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
    fn run(mut self) {
        let registry = Arc::clone(&self.registry);
        let limiting = thread::Builder::new().stack_size(STACK);
        // Without a thread the logs only take more room.
        let _ = limiting.spawn(move || {
            let session = registry.directories.session();
            registry.logs.limit(session.path(), registry.ending.as_fd());
        });
        loop {
            let (listener, until) = self.listener.interest();
            let mut interests = vec![
                Interest::readable(self.runner.as_fd()),
                Interest::readable(self.signals.as_fd()),
                Interest::readable(self.spawning.wake()),
            ];
            interests.extend(listener);
            let Ok(happened) = process::wait(&interests, until) else {
                break;
            };
            let [runner_gone, signal, spawn, ref client @ ..] = happened[..] else {
                break;
            };
            let told_to_end = signal && heed(&self.signals, &self.spawning);
            if spawn {
                self.spawning.work();
            }
            if client == [true]
                && let Some(stream) = self.listener.open()
            {
                self.serve(stream);
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

    /// Serves one client on a thread.
    fn serve(&self, stream: UnixStream) {
        let (registry, stream) = (Arc::clone(&self.registry), Arc::new(stream));
        let client = Arc::clone(&stream);
        let serving = thread::Builder::new()
            .stack_size(STACK)
            .spawn(move || serve(&client, &registry));
        if let Err(error) = serving {
            refuse(&stream, error);
        }
    }

    /// Keeps running until it is asked to end, so that the user can look at what is kept.
    fn stay(&self) {
        let registry = Arc::clone(&self.registry);
        // Meanwhile this thread stays the parent of all processes.
        let (Ok((kept, keeping)), mut told_to_end) = (io::pipe(), false) else {
            return;
        };
        let stopping = thread::Builder::new().spawn(move || {
            if registry.stop_all_but_kept() {
                // The end of the supervisor is the end of this.
                std::mem::forget(keeping);
            }
        });
        if stopping.is_err() {
            return;
        }
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
        let stopping = thread::Builder::new().spawn(move || {
            registry.stop_all();
            drop(stopped);
        });
        if stopping.is_err() {
            self.registry.stop_all();
        }
        let until = Deadline::after(LAST);
        // Meanwhile this thread stays the parent of all processes.
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
        // What cannot be ended stays listed, for the next session.
        if !until.has_passed() || are_gone(session, Deadline::now()) {
            remove_shared_memory(&session.processes(), Some(SystemTime::now()));
            session.remove();
        }
        // A short session must not leave the sweep to the next one.
        let swept = self
            .swept
            .iter()
            .map(|swept| Interest::closed(swept.as_fd()));
        let _ = process::wait(&swept.collect::<Vec<_>>(), until);
        self.registry.templates.finish();
    }
}

/// Collects children. Returns whether the supervisor itself was asked to end.
fn heed(signals: &SignalFd, spawning: &Spawning) -> bool {
    let mut end = false;
    while let Ok(Some(signal)) = signals.read_signal() {
        let end_signals = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP];
        end |= end_signals.map(|it| it as u32).contains(&signal.ssi_signo);
    }
    spawning.collect();
    end
}
