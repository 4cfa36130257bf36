//! Every wait ends: at its deadline whatever a server does, and at once where nothing can come of it.

use std::fs;
use std::path::PathBuf;
use std::process::id;
use std::time::{Duration, Instant};

use fixtured::daemons::Program;
use fixtured::launch::{Command, HttpProbe, Input, Launch, Process, Ready, Site};
use fixtured::{
    Acquire, Check, Daemon, Error, ErrorKind, Executor, HttpExecutor, Instance, OutputExecutor,
    PidExecutor, SimpleExecutor, TcpExecutor, daemons,
};
use fixtured_tests::{eventually, processes};

/// Much longer than a timeout of a second takes on a busy machine, and much shorter than what a wait without a deadline took.
const SOON: Duration = Duration::from_secs(20);

/// A daemon of one process, with its words and its readiness at a port.
struct Any<F> {
    words: Vec<String>,
    ready: F,
    timeout: Duration,
}

impl<F: Fn(&str) -> Ready> Daemon for Any<F> {
    fn launch(&self, site: &Site) -> Launch {
        let mut launch = Launch::new("slow");
        let mut words = self
            .words
            .iter()
            .map(|word| word.replace("{port}", site.port));
        let command = Command::new(words.next().unwrap(), words);
        let process = Process::new(command, (self.ready)(site.port));
        launch.processes.push(process);
        launch.timeout = self.timeout;
        launch
    }
}

/// A server that runs this script of Python for each connection, with `it` as the connection, and listens on `{port}`.
fn serving(body: &str) -> Vec<String> {
    let lines: String = body.lines().map(|line| format!("    {line}\n")).collect();
    let script = format!(
        "import socket, sys, time, threading\n\
         def serve(it):\n{lines}\
         server = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n\
         while True:\n    threading.Thread(target=serve, args=[server.accept()[0]], daemon=True).start()\n"
    );
    ["python3", "-c", &script, "{port}"].map(Into::into).into()
}

/// A process that has a few seconds to become ready: Python alone takes one on a busy machine.
fn within_seconds<F: Fn(&str) -> Ready>(words: &[String], ready: F) -> Any<F> {
    Any {
        words: words.to_vec(),
        ready,
        timeout: Duration::from_secs(4),
    }
}

/// Checks that this fails soon; returns how.
fn fails_soon<T>(what: &str, start: impl FnOnce() -> Result<T, Error>) -> Error {
    let since = Instant::now();
    let error = start().map(drop).unwrap_err();
    assert!(since.elapsed() < SOON, "{what}: {:?}", since.elapsed());
    error
}

fn runs(mark: &str) -> bool {
    processes().iter().any(|it| it.command.contains(mark))
}

#[test]
fn a_server_that_drips_is_given_up_with_what_it_said() {
    let drips = serving("while True:\n    it.send(b'x')\n    time.sleep(0.02)");
    for expect in ["+PONG", "x*y", "(?s).{100000}"] {
        let ready = |port: &str| {
            let address = format!("127.0.0.1:{port}");
            Ready::exchange(address, "PING\r\n", expect.replace('+', "\\+"))
        };
        let error = fails_soon(expect, || within_seconds(&drips, ready).start());
        assert_eq!(error.kind(), ErrorKind::TimeoutExpired, "{error}");
        assert!(error.to_string().contains("answered \"x"), "{error}");
    }
}

#[test]
fn a_command_that_asks_is_ended_with_all_that_it_started() {
    let mark = format!("31.{}", id());
    let asks = Command::new(
        "sh",
        ["-c".to_owned(), format!("sleep {mark} & sleep {mark}")],
    );
    let serves = ["sleep", "1000"].map(Into::into);
    let error = fails_soon("sleep", || {
        within_seconds(&serves, |_| Ready::Command(asks.clone())).start()
    });
    assert_eq!(error.kind(), ErrorKind::TimeoutExpired, "{error}");
    assert!(error.to_string().contains("was still running"), "{error}");
    assert!(!runs(&format!("sleep {mark}")));
}

/// The process is looked after while a command asks.
#[test]
fn a_command_that_asks_does_not_hide_a_death() {
    let asks = Command::new("sleep", ["1000"]);
    let mut any = within_seconds(&["false".to_owned()], |_| Ready::Command(asks.clone()));
    any.timeout = Duration::from_secs(300);
    let error = fails_soon("false", || any.start());
    assert_eq!(error.code(), Some(1), "{error}");
}

const HANGS: [(&str, &str); 6] = [
    ("no answer", "time.sleep(1000)"),
    (
        "a head in drips",
        "while True:\n    it.send(b'H')\n    time.sleep(0.02)",
    ),
    (
        "headers without end",
        "it.send(b'HTTP/1.1 200 OK\\r\\n')\nwhile True:\n    it.send(b'A: b\\r\\n')\n    time.sleep(0.02)",
    ),
    (
        "a body without end",
        "it.send(b'HTTP/1.1 200 OK\\r\\n\\r\\n')\nwhile True:\n    it.send(b'x' * 4096)",
    ),
    (
        "a slow body",
        "it.send(b'HTTP/1.1 200 OK\\r\\nContent-Length: 1000\\r\\n\\r\\n')\nwhile True:\n    it.send(b'x')\n    time.sleep(0.02)",
    ),
    (
        "chunks without end",
        "it.send(b'HTTP/1.1 200 OK\\r\\nTransfer-Encoding: chunked\\r\\n\\r\\n')\nwhile True:\n    it.send(b'1\\r\\nx\\r\\n')\n    time.sleep(0.02)",
    ),
];

#[test]
fn http_that_hangs_is_given_up() {
    for (what, body) in HANGS {
        let probe = |port: &str| HttpProbe::get(format!("http://127.0.0.1:{port}/")).body("never");
        let hangs = within_seconds(&serving(body), |port: &str| Ready::Http(probe(port)));
        let error = fails_soon(what, || hangs.start());
        assert_eq!(error.kind(), ErrorKind::TimeoutExpired, "{what}: {error}");
        // Somebody who is told to wait for long does not wait for longer than the whole.
        let mut patient =
            HttpExecutor::new(serving("time.sleep(1000)"), "http://127.0.0.1:{port}/")
                .request_timeout("5m")
                .timeout("1s");

        let error = fails_soon(what, || patient.start().map(drop));
        assert_eq!(error.kind(), ErrorKind::TimeoutExpired, "{what}: {error}");
    }
}

#[test]
fn an_answer_that_takes_long_can_be_waited_for() {
    // The default is given up after 5 s at most.
    let slow = serving("it.recv(4096)\ntime.sleep(8)\nit.send(b'HTTP/1.1 204 x\\r\\n\\r\\n')");
    let mut server = HttpExecutor::new(slow, "http://127.0.0.1:{port}/").request_timeout("30s");
    server.start().unwrap();
    let none = HttpExecutor::new("sleep 1000", "http://127.0.0.1:{port}/");
    let error = none.request_timeout("0s").start().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
}

/// The death of the process is seen although its child still holds the connection.
#[test]
fn a_request_without_an_answer_does_not_hide_a_death() {
    let script = "import os, socket, sys, time\n\
        server = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n\
        it = server.accept()[0]\n\
        it.recv(4096)\n\
        if os.fork():\n    os._exit(3)\n\
        time.sleep(1000)\n";
    let command = ["python3", "-c", script, "{port}"];
    let mut server = HttpExecutor::new(command, "http://127.0.0.1:{port}/")
        .request_timeout("10m")
        .timeout("10m");
    let error = fails_soon("a death", || server.start().map(drop));
    assert_eq!(error.code(), Some(3), "{error}");
}

#[test]
fn input_that_does_not_end_is_refused_at_once() {
    let dir = std::env::temp_dir().join(format!("fixtured-input-{}", id()));
    fs::create_dir_all(&dir).unwrap();
    let fifo = dir.join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let socket = dir.join("socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    let start = |path: &PathBuf| {
        let mut cat = SimpleExecutor::new("cat").stdin(Input::File(path.clone()));
        cat.start().map(drop)
    };
    for (path, what) in [
        (fifo, "it is a FIFO"),
        (socket, "No such device"),
        (dir.clone(), "it is a directory"),
        ("/dev/zero".into(), "it is not a regular file"),
    ] {
        let error = fails_soon(what, || start(&path));
        let wanted = format!("cannot read `{}`: {what}", path.display());
        assert!(error.to_string().starts_with(&wanted), "{error}");
    }
    start(&"/dev/null".into()).unwrap();
    fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn output_of_any_form_is_read_once() {
    let endless = "sh -c \"yes | tr -d '\\n'\"";
    let one_line = "sh -c \"head -c 3000000 /dev/zero | tr '\\0' a; exec sleep 1000\"";
    for command in [endless, one_line] {
        for banner in ["ready", "(a+)+$b", "^ready$", "(x+x+)+y"] {
            let error = fails_soon(banner, || {
                OutputExecutor::new(command, banner)
                    .timeout("1s")
                    .start()
                    .map(drop)
            });
            assert_eq!(error.kind(), ErrorKind::TimeoutExpired, "{error}");
        }
    }
    // What is at the end of such a line is found, and so is what comes in a later one.
    for end in ["echo ready", "echo; echo ready", "printf ready"] {
        let command =
            format!("sh -c \"head -c 3000000 /dev/zero | tr '\\0' a; {end}; exec sleep 1000\"");
        OutputExecutor::new(command, "ready").start().unwrap();
    }
}

#[test]
fn extreme_settings_work_or_are_refused() {
    let mut long = OutputExecutor::new("sh -c 'echo ready; exec sleep 1000'", "ready")
        .timeout(Duration::MAX)
        .grace(Duration::MAX)
        .output_limit(u64::MAX);
    long.start().unwrap().stop().unwrap();
    let mut never = SimpleExecutor::new("true").timeout(Duration::ZERO);
    let error = never.start().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    let error = Program::new("true").timeout("0s").start().map(drop);
    assert_eq!(error.unwrap_err().kind(), ErrorKind::InvalidInput);
}

#[test]
fn nothing_that_is_left_can_become_ready() {
    let never = || Check::NotYet("it is not".into());
    let error = fails_soon("Executor", || {
        Executor::new("true", never).start().map(drop)
    });
    assert_eq!(error.code(), Some(0), "{error}");
    let mut sleeps = SimpleExecutor::new("sleep 1");
    sleeps.start().unwrap();
    let error = fails_soon("wait_for", || sleeps.wait_for(never).map(drop));
    assert_eq!(error.code(), Some(0), "{error}");
    // A child that is left may make it so.
    let dir = std::env::temp_dir().join(format!("fixtured-left-{}", id()));
    fs::create_dir_all(&dir).unwrap();
    let made = dir.join("made");
    let command = format!("sh -c '(sleep 1; touch {}) &'", made.display());
    let look = made.clone();
    let mut forks = Executor::new(command, move || match look.exists() {
        true => Check::Ready,
        false => Check::NotYet("no file".into()),
    });
    forks.start().unwrap();
    // So may another process, if that is said.
    let mut others = Executor::new("true", never)
        .external_listener(true)
        .timeout("1s");
    let error = others.start().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimeoutExpired, "{error}");
    // A pid file or a socket may be somebody else's in any case.
    let mut file = PidExecutor::new("true", "{dir}/pid").timeout("1s");
    let error = file.start().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimeoutExpired, "{error}");
    fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn a_start_after_a_crash_starts_again_although_a_child_is_left() {
    let script = "import os, socket, sys, time\n\
        if not os.fork():\n    time.sleep(1000)\n\
        server = socket.create_server(('127.0.0.1', int(sys.argv[1])))\n\
        while True:\n    \
            it = server.accept()[0]\n    \
            if it.recv(1) == b'x': os._exit(7)\n";
    let command = ["python3", "-c", script, "{port}"];
    let mut server = TcpExecutor::new(command, "127.0.0.1", "{port}");
    server.start().unwrap();
    let (pid, port) = (server.pid().unwrap(), server.port().unwrap());
    let connect = || std::net::TcpStream::connect(("127.0.0.1", port));
    std::io::Write::write_all(&mut connect().unwrap(), b"x").unwrap();
    eventually("it has crashed", || connect().is_err().then_some(()));
    server.start().unwrap();
    assert_ne!(server.pid().unwrap(), pid);
    connect().unwrap();
}

/// Who logs every request does not push out why it is not ready.
#[test]
fn requests_that_are_logged_do_not_fill_what_is_shown() {
    let body = "print('cannot reach the database', flush=True) if serve.first else None\n\
        serve.first = False\n\
        it.recv(4096)\n\
        print('127.0.0.1', time.time(), 'HEAD / 503', flush=True)\n\
        it.send(b'HTTP/1.1 503 x\\r\\nContent-Length: 0\\r\\n\\r\\n')\n\
        it.close()";
    let mut command = serving(body);
    command[2] = command[2].replace("server = ", "serve.first = True\nserver = ");
    let mut server = HttpExecutor::new(command, "http://127.0.0.1:{port}/").timeout("3s");
    let error = server.start().map(drop).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("| cannot reach the database\n"), "{text}");
    assert!(text.contains("more lines like this one)"), "{text}");
}

/// PostgreSQL is ready when it says so, wherever and in whatever language it logs.
#[test]
fn postgres_is_ready_whatever_it_logs() {
    for settings in [
        vec![("log_min_messages", "panic")],
        vec![("logging_collector", "on")],
        vec![("log_destination", "csvlog"), ("logging_collector", "on")],
        vec![("lc_messages", "C.UTF-8")],
        vec![("log_line_prefix", "%m [%p] \n")],
    ] {
        let name = format!("{settings:?}");
        let since = Instant::now();
        let server: Instance<daemons::Postgres> =
            daemons::postgres().settings(settings).start().unwrap();
        assert!(since.elapsed() < SOON, "{name}: {:?}", since.elapsed());
        postgres::Client::connect(server.url(), postgres::NoTls).unwrap();
    }
}
