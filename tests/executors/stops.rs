//! How a process ended, as executors and instances tell it.

use std::fs;
use std::time::{Duration, Instant};

use fixtured::launch::{Command, Launch, Process, Ready};
use fixtured::{
    Acquire, Daemon, Error, ErrorKind, OutputExecutor, SimpleExecutor, State, daemons, launch::Site,
};
use fixtured_tests::{alive, eventually, scratch_directory};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A shell that has printed `ready` and does this.
fn shell(script: &str) -> OutputExecutor {
    OutputExecutor::new(["sh", "-c", &format!("echo ready; {script}")], "^ready")
}

/// A shell that has printed `ready` after it has begun to do this on SIGTERM, and then does nothing.
fn traps(action: &str) -> OutputExecutor {
    let script = format!("trap '{action}' TERM; echo ready; while :; do sleep 0.01; done");
    OutputExecutor::new(["sh", "-c", &script], "^ready")
}

fn ended(executor: &mut OutputExecutor) -> State {
    let look = |executor: &mut OutputExecutor| Some(executor.state().unwrap());
    eventually("it has ended", || {
        look(executor).filter(|state| !state.runs())
    })
    .0
}

fn kind_code_signal(error: &Error) -> (ErrorKind, Option<i32>, Option<i32>) {
    (error.kind(), error.code(), error.signal())
}

#[test]
fn a_crash_before_the_stop_is_told_once() {
    for (script, expected, wanted) in [
        ("exit 3", None, Some((Some(3), None, "exit status 3"))),
        (
            "kill -SEGV $$",
            None,
            Some((None, Some(11), "killed by SIGSEGV")),
        ),
        // Not by us.
        (
            "kill -TERM $$",
            None,
            Some((None, Some(15), "killed by SIGTERM")),
        ),
        ("exit 0", None, None),
        ("exit 3", Some(3), None),
        ("kill -SEGV $$", Some(-11), None),
        ("kill -KILL $$", Some(-9), None),
        ("exit 9", Some(-9), Some((Some(9), None, "exit status 9"))),
    ] {
        let mut executor = shell(script);
        if let Some(expected) = expected {
            executor = executor.expected_returncode(expected);
        }
        executor.start().unwrap();
        let state = ended(&mut executor);
        let stopped = executor.stop().map(drop);
        match wanted {
            None => stopped.unwrap(),
            Some((code, signal, words)) => {
                assert_eq!((state.code(), state.signal()), (code, signal), "{script}");
                assert_eq!(state.to_string(), words);
                let error = stopped.unwrap_err();
                let finished = ErrorKind::ProcessFinishedWithError;
                assert_eq!(kind_code_signal(&error), (finished, code, signal));
                let verb = if code.is_some() { "exited" } else { "died" };
                let headline = format!("`sh` {verb} before it was stopped: {words}");
                assert_eq!(error.to_string().lines().next().unwrap(), headline);
            }
        }
        executor.stop().unwrap();
        assert_eq!(executor.state().unwrap(), state, "{script}");
    }
}

#[test]
fn an_error_gives_its_command_and_log() {
    let mut executor = shell("echo out; echo the oven is cold >&2; exit 3");
    executor.start().unwrap();
    ended(&mut executor);
    let error = executor.stop().map(drop).unwrap_err();
    let wanted = "sh -c 'echo ready; echo out; echo the oven is cold >&2; exit 3'";
    assert_eq!(error.command(), Some(wanted));
    let log = error.log().unwrap();
    assert_eq!(log.lines(), ["ready", "out", "the oven is cold"]);
    assert!(log.path().is_file() && error.remains().is_empty());
    let missing = SimpleExecutor::new("no-such-program").start().map(drop);
    let missing = missing.unwrap_err();
    assert_eq!(missing.program(), Some("no-such-program"));
    assert!(missing.command().is_none() && missing.log().is_none());
}

#[test]
fn the_state_tells_what_became_of_it() {
    let mut executor = shell("exec sleep 1000");
    assert_eq!(executor.state().unwrap(), State::NotStarted);
    executor.start().unwrap();
    assert_eq!(executor.state().unwrap(), State::Running);
    executor.stop().unwrap();
    assert_eq!(executor.state().unwrap(), State::Signaled(15));
    executor.start().unwrap();
    executor.kill().unwrap();
    assert_eq!(executor.state().unwrap(), State::Signaled(9));
    // It runs as long as a descendant does.
    let mut fork = shell("sleep 1000 & exit 0");
    fork.start().unwrap();
    let shell = fork.pid().unwrap();
    eventually("the shell has ended", || (!alive(shell)).then_some(()));
    assert_eq!(fork.state().unwrap(), State::Running);
    fork.stop().unwrap();
    assert_eq!(fork.state().unwrap(), State::Exited(0));
}

/// Two processes that do nothing.
struct Two;

impl Daemon for Two {
    fn launch(&self, _: &Site) -> Launch {
        let mut launch = Launch::new("two");
        for name in ["node1", "node2"] {
            let command = Command::new("sleep", ["1000"]);
            let process = Process::new(command, Ready::Started);
            launch.processes.push(process.named(name));
        }
        launch
    }
}

#[test]
fn the_state_of_each_process_of_several_is_known() {
    let two = Two.start().unwrap();
    let node = |number| two.node(number);
    assert_eq!(node(1).state().unwrap(), State::Running);
    node(1).stop().unwrap();
    assert_eq!(node(1).state().unwrap(), State::Signaled(15));
    node(1).start().unwrap();
    node(1).kill().unwrap();
    assert_eq!(node(1).state().unwrap(), State::Signaled(9));
    assert!(two.died().is_none());
    // The main process is the last.
    assert_eq!(two.state().unwrap(), State::Running);
    let pid = two.pid();
    kill(Pid::from_raw(pid.cast_signed()), Signal::SIGABRT).unwrap();
    eventually("it is gone", || (!alive(pid)).then_some(()));
    let aborted = || two.state().unwrap() == State::Signaled(6);
    eventually("its end is known", || aborted().then_some(()));
    assert_eq!(node(2).state().unwrap(), State::Signaled(6));
    assert_eq!(two.died().unwrap(), "killed by SIGABRT");
    let error = two.process("other").state().unwrap_err();
    let wanted = "cannot find the process `other` of `two`: it has node1, node2";
    assert_eq!(error.to_string(), wanted);
}

#[test]
fn a_grace_that_was_said_is_given_even_beyond_the_timeout() {
    traps("sleep 1; exit 0")
        .timeout("700ms")
        .grace("60s")
        .start()
        .unwrap()
        .stop()
        .unwrap();
    let mut deaf = traps("").timeout("700ms");
    deaf.start().unwrap();
    let began = Instant::now();
    let error = deaf.stop().map(drop).unwrap_err();
    let text = error.to_string();
    let wanted = "`sh` did not stop within 700 ms after SIGTERM: killed by SIGKILL\n";
    assert!(text.starts_with(wanted), "{text}");
    assert!(began.elapsed() < Duration::from_secs(8));
    assert_eq!(error.signal(), Some(9));
}

/// A descendant that has left its session hears of the stop, whether its parent ends well in its own time or is killed.
#[test]
fn a_detached_descendant_is_asked_although_its_parent_goes_on() {
    for (parent, well) in [
        ("trap : TERM; DETACHED; wait; exit 0", true),
        (
            "trap '' TERM; DETACHED; while :; do sleep 0.01; done",
            false,
        ),
    ] {
        let dir = scratch_directory("detached-asked").unwrap();
        let file = dir.join("said");
        let said = || fs::read_to_string(&file).unwrap_or_default();
        let path = file.display();
        // A trap that is inherited as ignored stays so; python sets its own.
        let worker = format!(
            "import signal, sys, time\n\
             def say(word): open('{path}', 'a').write(word)\n\
             def asked(*_):\n    say('asked')\n    sys.exit(0)\n\
             signal.signal(signal.SIGTERM, asked)\n\
             say('up ')\n\
             while True: time.sleep(0.01)\n"
        );
        let program = dir.join("worker.py");
        fs::write(&program, worker).unwrap();
        let detached = format!("setsid --fork --wait python3 {}", program.display());
        let detached = if well {
            detached
        } else {
            format!("{detached} &")
        };
        let mut executor =
            shell(&parent.replace("DETACHED;", &format!("{detached}\n"))).grace("4s");
        executor.start().unwrap();
        eventually("the worker is up", || (said() == "up ").then_some(()));
        let stopped = executor.stop().map(drop);
        assert_eq!(said(), "up asked", "{parent}");
        assert_eq!(stopped.is_ok(), well, "{parent}: {stopped:?}");
    }
}

/// PostgreSQL with a stop signal of its own, and much time to end in.
struct Stopped(Option<&'static str>);

impl Daemon for Stopped {
    fn launch(&self, site: &Site) -> Launch {
        let mut launch = daemons::postgres().launch(site);
        for process in &mut launch.processes {
            process.name = "server".into();
            process.stop.grace = Duration::from_secs(120);
            if let Some(signal) = self.0 {
                process.stop.shutdown_signal = Some(signal.into());
            }
        }
        launch
    }
}

/// Its backends have sessions of their own, and are its own affair. Nobody else stops them, although they take longer than it does to
/// hear of the stop.
#[test]
fn postgres_stops_its_backends_itself() {
    for (signal, said) in [
        (None, "received fast shutdown request"),
        (Some("SIGQUIT"), "received immediate shutdown request"),
    ] {
        let server = Stopped(signal).start().unwrap();
        let mut clients: Vec<_> = (0..5)
            .map(|_| postgres::Client::connect(server.url(), postgres::NoTls).unwrap())
            .collect();
        // One of them is at work.
        let mut busy = clients.pop().unwrap();
        let busy = std::thread::spawn(move || busy.batch_execute("SELECT pg_sleep(1000)").is_err());
        let mut look = clients.pop().unwrap();
        let query = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'";
        eventually("it is at work", || {
            let rows = look.query(query, &[]).unwrap();
            (!rows.is_empty()).then_some(())
        });
        let began = Instant::now();
        server.process("server").stop().unwrap();
        let took = began.elapsed();
        let log = fs::read_to_string(server.log()).unwrap();
        // Half of the grace is when those are asked that nobody else has asked.
        assert!(took < Duration::from_secs(40), "{took:?}: {log}");
        assert!(busy.join().unwrap());
        assert!(log.contains(said), "{log}");
        for bad in [
            "terminated by signal",
            "crash",
            "PANIC",
            "SIGKILL",
            "abnormally",
        ] {
            assert!(!log.contains(bad), "{bad}: {log}");
        }
        if signal.is_some() {
            assert!(log.contains("database system is shut down"), "{log}");
        }
    }
}
