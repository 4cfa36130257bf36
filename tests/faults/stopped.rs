//! What happens when somebody stops (SIGSTOP) the processes between a test and its daemon.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use fixtured_tests::{
    Actor, Process, Scratch, alive, eventually, family, is_halted, marked, process,
    scratch_directory, supervisor_of, without_runner,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// Longer than any deadline of a client here, on a busy machine.
const LONG: Duration = Duration::from_secs(50);

fn signal(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid as i32), signal).unwrap();
}

/// A session with one process, which cannot be asked to end.
struct Halt {
    actor: Actor,
    server: u32,
    session: PathBuf,
}

impl Halt {
    /// In this directory, which also marks all its processes.
    fn start(dir: &Path) -> Self {
        Self::start_one("ignore-term", dir)
    }

    /// One that misbehaves in this way.
    fn start_one(way: &str, dir: &Path) -> Self {
        let before = sessions(dir);
        let mut command = Command::new(env!("CARGO_BIN_EXE_halt"));
        without_runner(&mut command);
        command.env("FIXTURED_DIR", dir);
        command.args([env!("CARGO_BIN_EXE_misbehave"), way]);
        command.arg(dir);
        let mut actor = Actor::start(command).unwrap();
        actor.tell("start");
        actor.settle();
        let answer = actor.answers().pop().unwrap();
        let server = answer.strip_prefix("up ").map(|pid| pid.parse().unwrap());
        let session = sessions(dir).into_iter().find(|it| !before.contains(it));
        Self {
            actor,
            server: server.unwrap_or_else(|| panic!("{answer}")),
            session: session.unwrap(),
        }
    }

    fn supervisor(&self) -> Process {
        supervisor_of(&self.session).unwrap()
    }

    fn keeper(&self) -> Process {
        process(process(self.server).unwrap().parent).unwrap()
    }

    /// Has the test pause its process, and looks whether all of it is.
    fn pause(&mut self) {
        self.actor.tell("pause");
        self.actor.settle();
        let answer = self.actor.answers().pop().unwrap();
        assert!(answer.starts_with("up "), "{answer}");
        let kept = family(self.keeper().pid);
        assert!(kept.len() > 1);
        for process in &kept[1..] {
            assert!(is_halted(process.pid), "{process:?}");
        }
    }

    /// Has the test stop its process; what it is told, and how long that took.
    fn stop(&mut self) -> (String, Duration) {
        let began = Instant::now();
        self.actor.tell("stop");
        self.actor.settle();
        (self.actor.answers().pop().unwrap(), began.elapsed())
    }
}

/// The directories of sessions, without those that are just being removed.
fn sessions(dir: &Path) -> Vec<PathBuf> {
    let of_user = dir.join(format!("fixtured-{}", nix::unistd::geteuid()));
    let entries = fs::read_dir(of_user).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| {
            path.join("lock").exists() && !path.display().to_string().contains("-removed-by-")
        })
        .collect()
}

fn scratch(name: &str) -> Scratch {
    scratch_directory(name).unwrap()
}

/// The next session ends what is left of the one before.
fn the_next_session_ends(dir: &Path, halt: &Halt) {
    let mut next = Halt::start(dir);
    eventually("what the stopped session had is gone", || {
        let gone = !halt.session.exists() && !alive(halt.server);
        gone.then_some(())
    });
    next.actor.leave();
    eventually("nothing is left", || {
        let left = marked(&dir.display().to_string());
        (left.is_empty() && sessions(dir).is_empty()).then_some(())
    });
}

#[test]
fn a_supervisor_that_is_stopped_is_named_and_the_next_session_ends_it() {
    let dir = scratch("stopped-supervisor");
    let mut halt = Halt::start(&dir);
    let supervisor = halt.supervisor();
    fixtured_tests::halt([supervisor.pid]);
    let (answer, took) = halt.stop();
    let wanted = format!(
        "error the supervisor (pid {}) did not answer within ",
        supervisor.pid
    );
    assert!(answer.starts_with(&wanted), "{answer}");
    assert!(answer.contains(": its process is stopped"), "{answer}");
    assert!(took < LONG, "{took:?}");
    // It is not asked again.
    let (again, took) = halt.stop();
    assert!(again == answer || again.starts_with("up "), "{again}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    halt.actor.kill();
    assert!(alive(halt.server) && halt.session.exists() && supervisor.runs());
    the_next_session_ends(&dir, &halt);
    assert!(!supervisor.runs());
}

#[test]
fn a_stopped_supervisor_whose_runner_lives_is_left_alone() {
    let dir = scratch("stopped-for-a-while");
    let mut halt = Halt::start(&dir);
    let supervisor = halt.supervisor();
    fixtured_tests::halt([supervisor.pid]);
    let mut other = Halt::start(&dir);
    // When this one is gone, its sweep has been done.
    other.actor.leave();
    eventually("the other session is gone", || {
        (!other.session.exists()).then_some(())
    });
    assert!(supervisor.runs() && alive(halt.server));
    signal(supervisor.pid, Signal::SIGCONT);
    let (answer, _) = halt.stop();
    assert!(answer.contains("did not stop within 200 ms"), "{answer}");
    halt.actor.leave();
    eventually("nothing is left", || {
        marked(&dir.display().to_string()).is_empty().then_some(())
    });
}

#[test]
fn a_keeper_that_is_stopped_outlives_no_session() {
    let dir = scratch("stopped-keeper");
    let mut halt = Halt::start(&dir);
    let (supervisor, keeper) = (halt.supervisor(), halt.keeper());
    fixtured_tests::halt([keeper.pid]);
    signal(supervisor.pid, Signal::SIGKILL);
    halt.actor.kill();
    eventually("the supervisor is gone", || {
        (!supervisor.runs()).then_some(())
    });
    assert!(keeper.runs() && halt.session.exists());
    the_next_session_ends(&dir, &halt);
    assert!(!keeper.runs());
}

#[test]
fn a_session_whose_keepers_are_stopped_ends_by_itself() {
    let dir = scratch("stopped-keepers");
    let mut halt = Halt::start(&dir);
    fixtured_tests::halt([halt.keeper().pid]);
    halt.actor.leave();
    eventually("nothing is left", || {
        let left = marked(&dir.display().to_string());
        (left.is_empty() && sessions(&dir).is_empty()).then_some(())
    });
}

/// Nothing is left in much less time than a client waits.
fn all_is_gone(dir: &Path) {
    let (_, took) = eventually("nothing is left", || {
        let left = marked(&dir.display().to_string());
        (left.is_empty() && sessions(dir).is_empty()).then_some(())
    });
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn what_a_test_has_paused_ends_with_the_test() {
    type End = fn(&mut Halt);
    let ends: [End; 3] = [
        |halt| halt.actor.leave(),
        |halt| halt.actor.kill(),
        |halt| {
            // As Ctrl-C does.
            signal(halt.actor.pid(), Signal::SIGINT);
            halt.actor.leave();
        },
    ];
    for (number, end) in ends.iter().enumerate() {
        // The second has a descendant that has left everything.
        for way in ["ignore-term", "detach"] {
            let dir = scratch(&format!("paused-{way}-{number}"));
            let mut halt = Halt::start_one(way, &dir);
            halt.pause();
            end(&mut halt);
            all_is_gone(&dir);
        }
    }
}

#[test]
fn what_is_paused_ends_with_its_supervisor_and_with_its_keeper() {
    for way in ["ignore-term", "detach"] {
        let dir = scratch(&format!("paused-without-supervisor-{way}"));
        let mut halt = Halt::start_one(way, &dir);
        halt.pause();
        let kept = family(halt.keeper().pid);
        signal(halt.supervisor().pid, Signal::SIGKILL);
        eventually("what was paused is gone", || {
            kept.iter().all(|process| !process.runs()).then_some(())
        });
        halt.actor.kill();
        the_next_session_ends(&dir, &halt);

        let dir = scratch(&format!("paused-without-keeper-{way}"));
        let mut halt = Halt::start_one(way, &dir);
        halt.pause();
        let kept = family(halt.keeper().pid);
        signal(halt.keeper().pid, Signal::SIGKILL);
        eventually("what was paused is gone", || {
            kept.iter().all(|process| !process.runs()).then_some(())
        });
        halt.actor.leave();
        all_is_gone(&dir);
    }
}
