//! The executors on real processes, good and bad ones.

use std::fs;
use std::io::{BufRead, Read};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use fixtured::executor::StopOptions;
use fixtured::{
    Check, ErrorKind, Executor, HttpExecutor, OutputExecutor, PidExecutor, SimpleExecutor,
    TcpExecutor, UnixSocketExecutor,
};
use fixtured_tests::{alive, eventually, processes, scratch_directory};

const MISBEHAVE: &str = env!("CARGO_BIN_EXE_misbehave");

fn misbehave(way: &str) -> Vec<&str> {
    vec![MISBEHAVE, way]
}

#[test]
fn calls_chain() {
    let mut text = String::new();
    let mut echo = SimpleExecutor::new("sh -c 'echo foo; exec sleep 1000'");
    let started = echo.start().unwrap();
    let mut line = String::new();
    // Its output is a file, so what it has printed is there when it is there.
    eventually("it has printed", || {
        (started.output().unwrap().read_line(&mut line).unwrap() > 0).then_some(())
    });
    echo.stop()
        .unwrap()
        .output()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    assert_eq!(text, "foo\n");
    assert_eq!(
        echo.to_string(),
        "SimpleExecutor: sh -c 'echo foo; exec sleep 1000'"
    );
}

#[test]
fn a_simple_executor_starts_once_and_stops_all_that_descends_from_it() {
    let mark = format!("fixtured-mark-{}", std::process::id());
    let mut tree = SimpleExecutor::new(format!("sh -c 'sleep 1000 & sleep 1000 & wait' {mark}"));
    assert!(!tree.running());
    tree.start().unwrap();
    let pid = tree.pid().unwrap();
    tree.start().unwrap();
    assert_eq!(tree.pid().unwrap(), pid);
    assert!(tree.running());
    let (children, _) = eventually("it has children", || {
        let children: Vec<_> = processes()
            .into_iter()
            .filter(|process| process.parent == pid)
            .collect();
        (children.len() == 2).then_some(children)
    });
    tree.stop().unwrap();
    assert!(!tree.running());
    assert!(children.iter().all(|child| !alive(child.pid)) && !alive(pid));
    tree.stop().unwrap();
}

#[test]
fn output_is_read_from_just_after_the_banner() {
    let mut server = OutputExecutor::new(
        "sh -c 'echo one; echo ready 7; echo two; echo three >&2; exec sleep 1000'",
        r"^ready \d$",
    );
    server.start().unwrap();
    let mut rest = server.output().unwrap();
    let mut line = String::new();
    eventually("the next line is there", || {
        (rest.read_line(&mut line).unwrap() > 0).then_some(())
    });
    assert_eq!(line, "two\n");
    let mut errors = String::new();
    eventually("standard error is there", || {
        server
            .err_output()
            .unwrap()
            .read_to_string(&mut errors)
            .unwrap();
        (!errors.is_empty()).then_some(())
    });
    assert_eq!(errors, "three\n");
}

#[test]
fn an_http_server_is_waited_for_and_stopped() {
    let command = "python3 -m http.server {port} --bind 127.0.0.1";
    let mut server = HttpExecutor::new(command, "http://127.0.0.1:{port}/")
        .status("(200|404)")
        .method("GET");
    server.start().unwrap();
    let port = server.port().unwrap();
    TcpStream::connect(("127.0.0.1", port)).unwrap();
    let pid = server.pid().unwrap();
    server.stop().unwrap();
    assert!(!alive(pid));
    TcpListener::bind(("127.0.0.1", port)).unwrap();
}

#[test]
fn a_unix_socket_and_a_pid_file_are_waited_for() {
    let dir = scratch_directory("executors").unwrap();
    let path = |name: &str| dir.join(name).display().to_string();
    let (socket, pid_file) = (path("socket"), path("pid"));
    let command = format!(
        "redis-server --port 0 --save '' --unixsocket {socket} --pidfile {pid_file} --daemonize no"
    );
    let mut redis = UnixSocketExecutor::new(command.as_str(), socket.as_str());
    redis.start().unwrap();
    UnixStream::connect(&socket).unwrap();
    redis.stop().unwrap();

    // A daemon that forks: the command exits with 0, and what it left behind is stopped all the same.
    let command = command.replace("--daemonize no", "--daemonize yes");
    let mut redis = PidExecutor::new(command, pid_file.as_str());
    redis.start().unwrap();
    let (pid, _) = eventually("the daemon has written its number", || {
        fs::read_to_string(&pid_file).ok()?.trim().parse().ok()
    });
    assert!(alive(pid));
    assert!(redis.running());
    redis.stop().unwrap();
    assert!(!alive(pid));
}

#[test]
fn a_readiness_of_ones_own_is_asked_until_it_holds() {
    let dir = scratch_directory("own").unwrap();
    let file = dir.join("made");
    let made = file.clone();
    let command = format!(
        "sh -c 'sleep 0.05; touch {}; exec sleep 1000'",
        file.display()
    );
    let mut own = Executor::new(command, move || match made.exists() {
        true => Check::Ready,
        false => Check::NotYet("the file is not there".into()),
    });
    own.start().unwrap();
    assert!(file.exists());
    let missing = dir.join("never");
    let error = Executor::new(misbehave("exit"), move || match missing.exists() {
        true => Check::Ready,
        false => Check::NotYet(String::new()),
    })
    .start()
    .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::ProcessExitedWithError, Some(7))
    );
}

#[test]
fn an_exit_with_an_error_ends_the_start_at_once() {
    let began = Instant::now();
    let error = TcpExecutor::new(misbehave("exit"), "127.0.0.1", "{port}")
        .start()
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::ProcessExitedWithError, Some(7))
    );
    assert!(
        error
            .to_string()
            .contains("| cannot go on: the moon is full"),
        "{error}"
    );
    // The timeout is a minute.
    assert!(began.elapsed() < Duration::from_secs(40));
}

#[test]
fn past_the_deadline_everything_is_killed() {
    let mark = format!("late-{}", std::process::id());
    let command = [MISBEHAVE, "detach", &mark];
    let error = TcpExecutor::new(command, "127.0.0.1", "{port}")
        .timeout("300ms")
        .start()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimeoutExpired);
    let text = error.to_string();
    assert!(
        text.contains("was not ready after 300 ms: 127.0.0.1:")
            && text.contains(": connection refused"),
        "{text}"
    );
    assert!(
        !processes()
            .iter()
            .any(|process| process.command.contains(&mark))
    );
}

#[test]
fn an_exit_with_0_ends_the_start_only_when_nothing_is_left() {
    // Daemons fork; this one takes its time.
    let fork =
        "sh -c '(sleep 0.2; exec redis-server --bind 127.0.0.1 --port {port} --save \"\") &'";
    let mut redis = TcpExecutor::new(fork, "127.0.0.1", "{port}");
    redis.start().unwrap();
    TcpStream::connect(("127.0.0.1", redis.port().unwrap())).unwrap();
    // The timeout is a minute.
    let error = TcpExecutor::new(misbehave("exit-zero"), "127.0.0.1", "{port}")
        .start()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    assert_eq!(error.code(), Some(0));
    let text = error.to_string();
    assert!(
        text.contains("exit status 0, and it left no process behind"),
        "{text}"
    );
    let error = OutputExecutor::new("echo nothing", "something")
        .start()
        .map(drop);
    assert_eq!(error.unwrap_err().code(), Some(0));
    // A pid file may be somebody else's work.
    let error = PidExecutor::new(misbehave("exit-zero"), "{dir}/pid")
        .timeout("300ms")
        .start()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimeoutExpired);
}

#[test]
fn who_ignores_the_stop_signal_is_killed_and_said_so() {
    let mut stubborn = OutputExecutor::new(misbehave("ignore-term"), "ready").grace("100ms");
    stubborn.start().unwrap();
    let pid = stubborn.pid().unwrap();
    let error = stubborn.stop().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessFinishedWithError);
    assert!(error.to_string().contains("killed by SIGKILL"), "{error}");
    assert!(!alive(pid));
}

#[test]
fn how_a_process_may_end_can_be_said() {
    let trap = "sh -c 'trap \"exit 5\" TERM; echo ready; while :; do sleep 0.01; done'";
    let error = OutputExecutor::new(trap, "ready")
        .start()
        .unwrap()
        .stop()
        .map(drop)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::ProcessFinishedWithError, Some(5))
    );
    OutputExecutor::new(trap, "ready")
        .expected_returncode(5)
        .start()
        .unwrap()
        .stop()
        .unwrap();
    OutputExecutor::new(trap, "ready")
        .start()
        .unwrap()
        .stop_with(StopOptions::new().expected_returncode(5))
        .unwrap();
    OutputExecutor::new(trap, "ready")
        .start()
        .unwrap()
        .stop_with(StopOptions::new().signal("SIGINT"))
        .unwrap();
    OutputExecutor::new(trap, "ready")
        .start()
        .unwrap()
        .kill()
        .unwrap();
}

#[test]
fn wait_for_ends_when_the_process_dies() {
    let mut short = SimpleExecutor::new("sh -c 'sleep 0.05; exit 3'");
    let error = short
        .start()
        .unwrap()
        .wait_for(|| Check::NotYet("never".into()))
        .map(drop)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::ProcessExitedWithError, Some(3))
    );
}

#[test]
fn settings_reach_the_process() {
    let dir = scratch_directory("settings").unwrap();
    let mut shell = OutputExecutor::new(
        "echo \"begin\"; echo \"$PWD $A $B\"; exec sleep 1000",
        "begin",
    )
    .shell(true)
    .cwd(&dir)
    .env("A", "a a")
    .envs([("B", "{port}")]);
    shell.start().unwrap();
    let mut line = String::new();
    let mut output = shell.output().unwrap();
    eventually("the line is there", || {
        (output.read_line(&mut line).unwrap() > 0).then_some(())
    });
    assert_eq!(
        line,
        format!("{} a a {}\n", dir.display(), shell.port().unwrap())
    );
}

#[test]
fn impossible_settings_are_refused() {
    for (executor, wanted) in [
        (&mut SimpleExecutor::new("'x"), "cannot be split into words"),
        (
            &mut SimpleExecutor::new("true").stop_signal("SIGFOO"),
            "unknown signal `SIGFOO`",
        ),
        (
            &mut SimpleExecutor::new("true").timeout("soon"),
            "invalid duration `soon`",
        ),
    ] {
        let error = executor.start().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
    let error = PidExecutor::new("true", "").start().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    for url in ["https://127.0.0.1/", "http:///x"] {
        assert_eq!(
            HttpExecutor::new("true", url)
                .start()
                .map(drop)
                .unwrap_err()
                .kind(),
            ErrorKind::InvalidInput
        );
    }
    let error = OutputExecutor::new("sleep 1000", "(")
        .start()
        .map(drop)
        .unwrap_err();
    assert!(
        error.to_string().contains("invalid regular expression `(`"),
        "{error}"
    );
    let error = SimpleExecutor::new("true")
        .cwd("/nowhere")
        .start()
        .map(drop)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("the directory `/nowhere` does not exist"),
        "{error}"
    );
    let error = SimpleExecutor::new("no-such-program")
        .start()
        .map(drop)
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot start `no-such-program`: `no-such-program` is not on PATH"
    );
}
