//! What can never work is refused at once, with nothing started.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use fixtured::daemons::Program;
use fixtured::executor::StopOptions;
use fixtured::launch::{Command, Launch, Process, Ready, Site};
use fixtured::{
    Acquire, Daemon, Error, ErrorKind, HttpExecutor, OutputExecutor, PidExecutor, SimpleExecutor,
    TcpExecutor, UnixSocketExecutor,
};
use fixtured_tests::scratch_directory;

/// A command that leaves a file if it is run.
fn command(dir: &Path) -> Vec<String> {
    let script = format!("touch {}; exec sleep 1000", dir.join("ran").display());
    ["sh", "-c", &script].map(Into::into).into()
}

fn check(dir: &Path, what: &str, result: Result<(), Error>, began: Instant, wanted: &str) {
    let error = result.map_or_else(|error| error, |()| panic!("{what}: it started"));
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{what}: {error}");
    let text = error.to_string();
    let start = format!("cannot start `sh`: {wanted}");
    assert!(text.starts_with(&start), "{what}: {text}");
    assert!(!dir.join("ran").exists(), "{what}: it ran");
    assert!(began.elapsed() < Duration::from_secs(20), "{what}");
}

macro_rules! rows {
    ($name:ident, $dir:ident, $($executor:expr => $wanted:expr;)*) => {
        #[test]
        fn $name() {
            let $dir = scratch_directory(stringify!($name)).unwrap();
            $({
                let began = Instant::now();
                let result = $executor.start().map(drop);
                check(&$dir, stringify!($executor), result, began, &$wanted);
            })*
        }
    };
}

rows! { addresses, dir,
    TcpExecutor::new(command(&dir), "127.0.0.1", 0) =>
        "invalid address `127.0.0.1:0`: port 0 cannot be connected to; use `{port}` for a free port";
    TcpExecutor::new(command(&dir), "127.0.0.1", "http") =>
        "invalid address `127.0.0.1:http`: `http` is not a port number from 1 to 65535";
    TcpExecutor::new(command(&dir), "127.0.0.1", 70_000) =>
        "invalid address `127.0.0.1:70000`: `70000` is not a port number from 1 to 65535";
    TcpExecutor::new(command(&dir), "", 80) => "invalid address `:80`: it has no host";
    TcpExecutor::new(command(&dir), "no host!", 80) =>
        "invalid address `no host!:80`: `no host!` is not a host name";
}

rows! { paths, dir,
    UnixSocketExecutor::new(command(&dir), "") => "the path of the socket is empty";
    UnixSocketExecutor::new(command(&dir), "/tmp") =>
        "the path of the socket is a directory: /tmp";
    UnixSocketExecutor::new(command(&dir), "/tmp/a\0b") => "the path of the socket contains a NUL byte";
    UnixSocketExecutor::new(command(&dir), format!("/tmp/{}", "x".repeat(110))) =>
        "the path of the socket has 115 bytes, but the limit is 107: /tmp/x";
    PidExecutor::new(command(&dir), "") => "the path of the pid file is empty";
    PidExecutor::new(command(&dir), "/tmp") => "the path of the pid file is a directory: /tmp";
    SimpleExecutor::new(command(&dir)).cwd("/no/where") => "the directory `/no/where` does not exist";
    SimpleExecutor::new(command(&dir)).cwd("/etc/passwd") =>
        "the working directory `/etc/passwd` is a file";
}

rows! { requests, dir,
    HttpExecutor::new(command(&dir), "") => "the URL is empty; expected `http://HOST:PORT/PATH`";
    HttpExecutor::new(command(&dir), "http://") => "invalid URL `http://`: ";
    HttpExecutor::new(command(&dir), "http:///x") => "invalid URL `http:///x`: ";
    HttpExecutor::new(command(&dir), "127.0.0.1:80") =>
        "invalid URL `127.0.0.1:80`: expected plain HTTP, `http://HOST:PORT/PATH`";
    HttpExecutor::new(command(&dir), "https://127.0.0.1/") =>
        "invalid URL `https://127.0.0.1/`: expected plain HTTP, `http://HOST:PORT/PATH`";
    HttpExecutor::new(command(&dir), "http://127.0.0.1:0/") =>
        "invalid address `127.0.0.1:0`: port 0 cannot be connected to";
    HttpExecutor::new(command(&dir), "http://127.0.0.1:http/") => "invalid ";
    HttpExecutor::new(command(&dir), "http://127.0.0.1:{port}/").status("") => "the status is empty";
    HttpExecutor::new(command(&dir), "http://127.0.0.1:{port}/").status("2(") => "invalid status `2(`: ";
    HttpExecutor::new(command(&dir), "http://127.0.0.1:{port}/").status("2xx") =>
        r"invalid status `2xx`: no code matches it; expected e.g. `204`, `(200|404)` or `2\d\d`";
    HttpExecutor::new(command(&dir), "http://127.0.0.1:{port}/").status(20) =>
        "invalid status `20`: no code matches it";
    HttpExecutor::new(command(&dir), "http://127.0.0.1:{port}/").method("GE T") =>
        "the request cannot be made: invalid method `GE T`";
    HttpExecutor::new(command(&dir), "http://127.0.0.1:{port}/").headers([("a b", "c")]) =>
        "the request cannot be made: invalid header `a b`";
    HttpExecutor::new(command(&dir), "http://127.0.0.1:{port}/").headers([("a", "b\nc")]) =>
        "the request cannot be made: invalid value of the header `a`";
}

rows! { settings, dir,
    OutputExecutor::new(command(&dir), "") => "the output pattern is empty";
    OutputExecutor::new(command(&dir), "(") => "invalid regular expression `(`: ";
    SimpleExecutor::new(command(&dir)).stop_signal("SIGFOO") => "unknown signal `SIGFOO`";
    SimpleExecutor::new(command(&dir)).kill_signal("") => "unknown signal ``";
    SimpleExecutor::new(command(&dir)).expected_returncode(256) =>
        "invalid return code 256, expected an exit status from 0 to 255";
    SimpleExecutor::new(command(&dir)).expected_returncode(-65) =>
        "invalid return code -65";
    SimpleExecutor::new(command(&dir)).timeout(Duration::ZERO) => "a timeout of 0 leaves no time";
    SimpleExecutor::new(["sh", "-c", "a\0b"]) =>
        r#"the word "a\0b" of the command contains a NUL byte"#;
    SimpleExecutor::new(command(&dir)).env("A=B", "c") =>
        r#""A=B" is not the name of an environment variable"#;
    SimpleExecutor::new(command(&dir)).env("", "c") =>
        r#""" is not the name of an environment variable"#;
    SimpleExecutor::new(command(&dir)).env("A", "b\0c") =>
        "the environment variable `A` contains a NUL byte";
}

#[test]
fn an_empty_command_has_no_name() {
    for executor in [
        SimpleExecutor::new(""),
        SimpleExecutor::new([""; 0]),
        SimpleExecutor::new(["", "x"]),
        SimpleExecutor::new("  "),
    ] {
        let mut executor = executor;
        let error = executor.start().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(text.ends_with(": the command is empty"), "{text}");
    }
}

#[test]
fn the_attribute_and_external_servers_are_refused_as_well() {
    for (program, wanted) in [
        (Program::external().tcp("127.0.0.1:0"), "invalid address"),
        (Program::external().http(""), "the URL is empty"),
        (
            Program::new("sleep 1000").tcp("127.0.0.1"),
            "invalid address",
        ),
        (Program::new("sleep 1000").unix_socket(""), "the path of"),
    ] {
        let error = program.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
}

/// Two processes, of which the second can never be ready.
struct Two(String);

impl Daemon for Two {
    fn launch(&self, _: &Site) -> Launch {
        let mut launch = Launch::new("sh");
        let first = Command::new("sh", ["-c".to_owned(), self.0.clone()]);
        let first = Process::new(first, Ready::Started).named("first");
        launch.processes.push(first);
        let second = Command::new("sleep", ["1000"]);
        let ready = Ready::Output("(".into());
        launch.processes.push(Process::new(second, ready));
        launch
    }
}

#[test]
fn nothing_of_a_daemon_starts_if_a_part_of_it_never_can() {
    let dir = scratch_directory("two").unwrap();
    let script = format!("touch {}; exec sleep 1000", dir.join("ran").display());
    let result = Two(script).start().map(drop);
    check(
        &dir,
        "two",
        result,
        Instant::now(),
        "invalid regular expression `(`: ",
    );
}

#[test]
fn any_regular_expression_over_the_code_is_a_status() {
    let dir = scratch_directory("status").unwrap();
    fs::write(dir.join("index.html"), "hello").unwrap();
    for status in ["2..", "200", "(200|404)", r"2\d\d", "[23]0.", "20[0-9]"] {
        let server = "python3 -m http.server {port} --bind 127.0.0.1";
        let mut server = HttpExecutor::new(server, "http://127.0.0.1:{port}/")
            .cwd(&dir)
            .status(status);
        server.start().unwrap();
    }
}

#[test]
fn a_stop_that_cannot_be_meant_leaves_the_process_running() {
    let mut executor = SimpleExecutor::new("sleep 1000");
    executor.start().unwrap();
    for impossible in [
        StopOptions::new().signal("SIGFOO"),
        StopOptions::new().expected_returncode(1000),
        StopOptions::new().grace("soon"),
    ] {
        let error = executor.stop_with(impossible).map(drop);
        assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
        assert!(executor.running());
    }
    executor.stop().unwrap();
}
