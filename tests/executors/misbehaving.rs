//! What the executors do with programs that misbehave, where no other test has them.

use std::fs;
use std::io::{BufRead, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, id};

use fixtured::{
    Check, Error, ErrorKind, HttpExecutor, OutputExecutor, SimpleExecutor, TcpExecutor,
};
use fixtured_tests::{alive, eventually, processes};

const MISBEHAVE: &str = env!("CARGO_BIN_EXE_misbehave");

/// The program with its mark and its directory, which its command line shows.
fn misbehave(words: &[&str], mark: &str) -> Vec<String> {
    let mut command = vec![MISBEHAVE.to_owned()];
    command.extend(words.iter().map(|word| (*word).to_owned()));
    command.extend([mark.to_owned(), "{dir}".to_owned()]);
    command
}

fn mark(test: &str) -> String {
    format!("{test}-{}", id())
}

/// The command line of the process; its last word is its directory.
fn words_of(pid: u32) -> Vec<String> {
    let line = fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap();
    line.split_terminator('\0').map(ToOwned::to_owned).collect()
}

/// The same from the message about a start that failed.
fn words_in(error: &Error) -> Vec<String> {
    let text = error.to_string();
    let line = text
        .lines()
        .find_map(|line| line.trim().strip_prefix("command:"));
    line.unwrap_or_else(|| panic!("{text}"))
        .split_whitespace()
        .map(ToOwned::to_owned)
        .collect()
}

/// No process has the mark, the directory is gone, and the port can be bound.
fn assert_nothing_left(mark: &str, words: &[String], port: Option<u16>) {
    let left: Vec<_> = processes()
        .into_iter()
        .filter(|process| process.command.contains(mark))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    let dir = Path::new(words.last().unwrap());
    assert!(dir.is_absolute() && !dir.exists(), "{}", dir.display());
    if let Some(port) = port {
        TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    }
}

#[test]
fn an_exit_has_the_code_that_it_was_told() {
    let mark = mark("exit");
    let error = OutputExecutor::new(misbehave(&["exit", "42"], &mark), "ready")
        .start()
        .map(drop)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::ProcessExitedWithError, Some(42))
    );
    assert_nothing_left(&mark, &words_in(&error), None);
}

/// The line that makes it ready counts although the process is dead when it is read; from then on its end is told.
#[test]
fn who_dies_when_it_is_ready_has_started_and_can_be_started_again() {
    let mark = mark("ready-then-die");
    let mut short = OutputExecutor::new(misbehave(&["ready-then-die"], &mark), "^ready$");
    short.start().unwrap();
    let first = short.pid().unwrap();
    let error = short
        .wait_for(|| Check::NotYet("it is not coming back".into()))
        .map(drop)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::ProcessExitedWithError, Some(9))
    );
    assert!(!short.running() && !alive(first));
    short.stop().unwrap();
    let mut last_words = String::new();
    let mut errors = short.err_output().unwrap();
    errors.read_to_string(&mut last_words).unwrap();
    assert!(last_words.starts_with("so ends "), "{last_words}");
    short.start().unwrap();
    assert_ne!(short.pid().unwrap(), first);
    drop(short);
    let words: Vec<_> = last_words.split_whitespace().map(Into::into).collect();
    assert_nothing_left(&mark, &words, None);
}

#[test]
fn a_server_without_standard_streams_serves_and_is_stopped() {
    let mark = mark("close-streams");
    let command = misbehave(&["close-streams", "{port}"], &mark);
    let mut silent = TcpExecutor::new(command, "127.0.0.1", "{port}");
    silent.start().unwrap();
    let (pid, port) = (silent.pid().unwrap(), silent.port().unwrap());
    let words = words_of(pid);
    // What it listens with has taken the place of its standard input.
    let stdin = fs::read_link(format!("/proc/{pid}/fd/0")).unwrap();
    assert!(stdin.to_string_lossy().starts_with("socket:"), "{stdin:?}");
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    silent.stop().unwrap();
    assert!(!alive(pid));
    drop(silent);
    assert_nothing_left(&mark, &words, Some(port));
}

#[test]
fn who_listens_late_is_waited_for() {
    let mark = mark("bind-late");
    let command = misbehave(&["bind-late", "{port}"], &mark);
    let mut late = TcpExecutor::new(command, "127.0.0.1", "{port}");
    late.start().unwrap();
    let (pid, port) = (late.pid().unwrap(), late.port().unwrap());
    let words = words_of(pid);
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    drop(late);
    assert!(!alive(pid));
    assert_nothing_left(&mark, &words, Some(port));
}

#[test]
fn an_unavailable_server_is_asked_until_it_is_available() {
    let mark = mark("unavailable-first");
    let command = misbehave(&["unavailable-first", "{port}"], &mark);
    let mut server = HttpExecutor::new(command, "http://127.0.0.1:{port}/");
    server.start().unwrap();
    let (pid, port) = (server.pid().unwrap(), server.port().unwrap());
    let words = words_of(pid);
    // From now on it answers everybody.
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let mut answer = String::new();
    write!(stream, "GET / HTTP/1.1\r\n\r\n").unwrap();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
    let mut printed = String::new();
    let mut output = server.output().unwrap();
    eventually("it has printed both good answers", || {
        output.read_to_string(&mut printed).unwrap();
        (printed.matches("200").count() == 2).then_some(())
    });
    let wanted = "503 Service Unavailable\n".repeat(3) + "200 OK\n200 OK\n";
    assert_eq!(printed, wanted);
    drop(server);
    assert!(!alive(pid));
    assert_nothing_left(&mark, &words, Some(port));
}

/// It accepted a connection, or rather the kernel did for it, but that is no answer.
#[test]
fn who_listens_and_exits_without_an_answer_has_not_started() {
    let mark = mark("bind-then-exit");
    let command = misbehave(&["bind-then-exit", "{port}"], &mark);
    let error = HttpExecutor::new(command, "http://127.0.0.1:{port}/")
        .start()
        .map(drop)
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::ProcessExitedWithError, Some(3))
    );
    let words = words_in(&error);
    let port = words[words.len() - 3].parse().unwrap();
    assert_nothing_left(&mark, &words, Some(port));
}

#[test]
fn a_flood_is_kept_whole_and_the_line_after_it_is_found() {
    const BYTES: u64 = 16_000_001;
    let mark = mark("flood");
    let command = misbehave(&["flood", &BYTES.to_string()], &mark);
    let mut flood = OutputExecutor::new(command, r"^done \d+$");
    flood.start().unwrap();
    let pid = flood.pid().unwrap();
    let words = words_of(pid);
    let mut after = String::new();
    let mut output = flood.output().unwrap();
    output.read_line(&mut after).unwrap();
    assert_eq!(after, "");
    // The same without a banner has all of it to read.
    let mut all = SimpleExecutor::new(misbehave(&["flood", &BYTES.to_string()], &mark));
    all.start().unwrap();
    let mut output = all.output().unwrap();
    let (mut length, mut last) = (0, String::new());
    eventually("all of it is there", || {
        last.clear();
        while output.read_line(&mut last).unwrap() > 0 && last.ends_with('\n') {
            length += last.len() as u64;
            if last.starts_with("done") {
                return Some(());
            }
            last.clear();
        }
        length += last.len() as u64;
        None
    });
    assert_eq!(last, format!("done {BYTES}\n"));
    assert_eq!(length, BYTES + last.len() as u64);
    drop((flood, all));
    assert!(!alive(pid));
    assert_nothing_left(&mark, &words, None);
}

#[test]
fn every_way_is_explained() {
    let help = Command::new(MISBEHAVE).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for line in help.lines() {
        let (usage, sentence) = line.split_at(24);
        assert!(usage.ends_with(' ') && sentence.ends_with('.'), "{line}");
    }
    for way in [
        "exit [CODE]",
        "fork-away",
        "unavailable-first PORT",
        "flood [BYTES]",
    ] {
        assert!(help.lines().any(|line| line.starts_with(way)), "{help}");
    }
    let unknown = Command::new(MISBEHAVE).arg("behave").output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
}
