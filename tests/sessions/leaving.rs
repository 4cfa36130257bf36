//! However a process that has started others leaves, they are gone; and each was asked before it was killed.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use fixtured_tests::{alive, eventually, processes, scratch_directory, without_runner};

/// Has a process leave in this way, and looks for what it has left.
fn check(way: &str) {
    let scratch = scratch_directory(&format!("leave-{way}")).unwrap();
    let mark = format!("leave-{way}-{}", std::process::id());
    let mut command = Command::new(env!("CARGO_BIN_EXE_leave"));
    without_runner(&mut command);
    command.arg(way).arg(env!("CARGO_BIN_EXE_misbehave"));
    command.arg(&*scratch).arg(&mark);
    let quiet = command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut leaving = quiet.spawn().unwrap();
    let mut line = String::new();
    let mut said = BufReader::new(leaving.stdout.take().unwrap());
    said.read_line(&mut line).unwrap();
    let words: Vec<_> = line.split_whitespace().collect();
    let [graceful, detaching, redis, port, dirs @ ..] = &words[..] else {
        panic!("{line}");
    };
    let pids = [graceful, detaching, redis].map(|pid| pid.parse::<u32>().unwrap());
    let marked = || {
        let mut all = processes();
        all.retain(|process| process.command.contains(&mark));
        all.retain(|process| process.pid != leaving.id());
        all
    };
    if way == "wait" {
        // The sweep of a supervisor is no part of this: it lives on until the process that it serves is gone.
        assert!(marked().len() >= 3 && pids.iter().all(|pid| alive(*pid)));
        nix::sys::signal::kill(
            nix::unistd::Pid::from_raw(leaving.id() as i32),
            nix::sys::signal::Signal::SIGKILL,
        )
        .unwrap();
    }
    eventually(&format!("{way}: nothing is left"), || {
        let gone = marked().is_empty()
            && !pids.iter().any(|pid| alive(*pid))
            && !dirs.iter().any(|dir| Path::new(dir).exists())
            && TcpListener::bind(("127.0.0.1", port.parse().unwrap())).is_ok();
        gone.then_some(())
    });
    leaving.wait().unwrap();
    // It was asked first, and had the time to write what it must: coverage data, say.
    let data = fs::read_to_string(scratch.join("data")).unwrap_or_default();
    assert_eq!(data, "data\n", "{way}");
}

macro_rules! ways {
    ($($name:ident: $way:literal;)*) => {$(
        #[test]
        fn $name() {
            check($way);
        }
    )*};
}

ways! {
    leaving_its_scope: "scope";
    returning_an_error: "error";
    panicking: "panic";
    exiting: "exit";
    aborting: "abort";
    interrupted: "SIGINT";
    terminated: "SIGTERM";
    hung_up: "SIGHUP";
    quitting: "SIGQUIT";
    crashing: "SIGILL";
    killed: "wait";
}
