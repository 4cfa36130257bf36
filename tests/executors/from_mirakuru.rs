//! The pairs of docs/from-mirakuru.md, run on real processes. Each test has the name of its heading.

use std::fs;
use std::io::{BufRead, Read, Write, read_to_string};
use std::net::{TcpListener, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;

use fixtured::executor::StopOptions;
use fixtured::launch::{Input, Output};
use fixtured::{
    Check, Error, ErrorKind, Executor, HttpExecutor, OutputExecutor, PidExecutor, SimpleExecutor,
    State, TcpExecutor, UnixSocketExecutor,
};
use fixtured_tests::{alive, drop_and_look, eventually, printed, processes, scratch_directory};

/// Answers one request in the one way that is accepted.
const STRICT: &str = r#"
import http.server, sys
class Strict(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode()
        asked = self.path, self.headers["accept"], body
        self.send_response(404 if asked == ("/items", "text/plain", "name=x") else 500)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Strict).serve_forever()
"#;

const WEB: &str = "python3 -m http.server {port} --bind 127.0.0.1";
const WEB_URL: &str = "http://127.0.0.1:{port}/";

/// Ends with 3 when it is interrupted, and with 4 when it is terminated.
const PARTICULAR: &str =
    "sh -c 'trap \"exit 3\" INT; trap \"exit 4\" TERM; echo ready; while :; do sleep 0.01; done'";

/// Ignores SIGTERM, and ends with 5 at SIGQUIT.
const STUBBORN: &str =
    "sh -c 'trap \"\" TERM; trap \"exit 5\" QUIT; echo ready; while :; do sleep 0.01; done'";

const DIED_WITH_3: (ErrorKind, Option<i32>) = (ErrorKind::ProcessExitedWithError, Some(3));

fn failure<T>(result: Result<T, Error>) -> (ErrorKind, Option<i32>) {
    let error = result.map(drop).unwrap_err();
    (error.kind(), error.code())
}

fn exists(path: &Path) -> impl Fn() -> Check + Send + use<> {
    let path = path.to_owned();
    move || match path.exists() {
        true => Check::Ready,
        false => Check::NotYet(format!("there is no {}", path.display())),
    }
}

#[test]
fn every_pair_of_the_page_has_a_test() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/from-mirakuru.md");
    let page = fs::read_to_string(path).unwrap();
    let (pairs, _) = page.split_once("\n## Options").unwrap();
    let titles = pairs.lines().filter_map(|line| line.strip_prefix("## "));
    let mut tests = 0;
    for title in titles {
        let words = title.split(|letter: char| !letter.is_alphanumeric());
        let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
        let name = words.join("_").to_lowercase();
        let test = format!("#[test]\nfn {name}() {{");
        assert!(include_str!("from_mirakuru.rs").contains(&test), "{name}");
        tests += 1;
    }
    assert!(tests > 10);
}

#[test]
fn start_wait_use_stop() {
    let command = "redis-server --port {port} --save ''";
    let mut cache = TcpExecutor::new(command, "localhost", "{port}");
    cache.start().unwrap();
    let port = cache.port().unwrap();
    assert!(cache.url().unwrap().ends_with(&format!(":{port}")));
    let mut client = TcpStream::connect(("localhost", port)).unwrap();
    client.write_all(b"PING\r\n").unwrap();
    let mut answer = [0; 7];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
    // Starting what runs does nothing.
    let pid = cache.pid().unwrap();
    cache.start().unwrap();
    assert_eq!(cache.pid().unwrap(), pid);
    cache.stop().unwrap();
    assert!(!alive(pid) && TcpStream::connect(("localhost", port)).is_err());
    drop_and_look(cache);
}

#[test]
fn wait_for_nothing() {
    let mut worker = SimpleExecutor::new("sleep 1000");
    worker.start().unwrap();
    assert!(alive(worker.pid().unwrap()));
    worker.stop().unwrap();
    assert!(!alive(worker.pid().unwrap()));
    drop_and_look(worker);
}

#[test]
fn wait_for_a_line_of_output() {
    for printing in [
        "echo one; echo accepting mail",
        "echo accepting mail >&2",
        "printf 'accepting mail'",
    ] {
        let command = format!("{printing}; exec sleep 1000");
        let mut mail = OutputExecutor::new(command, "^accepting mail$").shell(true);
        mail.start().unwrap();
        drop_and_look(mail);
    }
    // Its end ends the wait, rather than the timeout of an hour.
    let mut dead = OutputExecutor::new("sh -c 'exit 3'", "accepting mail");
    assert_eq!(failure(dead.start()), DIED_WITH_3);
}

#[test]
fn wait_for_an_answer_over_http() {
    let mut api = HttpExecutor::new(WEB, WEB_URL);
    api.start().unwrap();
    let mut client = TcpStream::connect(("127.0.0.1", api.port().unwrap())).unwrap();
    client.write_all(b"HEAD / HTTP/1.0\r\n\r\n").unwrap();
    assert!(read_to_string(client).unwrap().starts_with("HTTP/1.0 200"));
    drop_and_look(api);

    let strict = ["python3", "-c", STRICT, "{port}"];
    let mut strict = HttpExecutor::new(strict, "http://127.0.0.1:{port}/items")
        .status("(200|404)")
        .method("POST")
        .headers([("Accept", "text/plain")])
        .payload([("name", "x")]);
    strict.start().unwrap();
    drop_and_look(strict);
}

#[test]
fn wait_for_a_unix_socket() {
    let mut cache = UnixSocketExecutor::new(
        "redis-server --port 0 --save '' --unixsocket {dir}/redis.sock",
        "{dir}/redis.sock",
    );
    cache.start().unwrap();
    UnixStream::connect(cache.dir().unwrap().join("redis.sock")).unwrap();
    drop_and_look(cache);
}

#[test]
fn wait_for_a_pid_file() {
    let command = "redis-server --port 0 --unixsocket {dir}/socket --save '' \
                   --daemonize yes --pidfile {dir}/pid";
    let mut daemon = PidExecutor::new(command, "{dir}/pid").timeout("60s");
    daemon.start().unwrap();
    let path = daemon.dir().unwrap().join("pid");
    let number = || fs::read_to_string(&path).ok()?.trim().parse().ok();
    let (pid, _) = eventually("it has written its number", number);
    assert!(alive(pid) && daemon.running());
    daemon.stop().unwrap();
    assert!(!alive(pid) && !daemon.running());
    drop_and_look(daemon);
}

#[test]
fn wait_for_a_sign_of_your_own() {
    let dir = scratch_directory("sign").unwrap();
    let table = dir.join("table");
    let command = format!("touch {}; exec sleep 1000", table.display());
    let mut exporter = Executor::new(command.as_str(), exists(&table)).shell(true);
    exporter.start().unwrap();
    assert!(table.exists());
    drop_and_look(exporter);
    // The file is still there.
    let mut other = Executor::new(command, exists(&table)).shell(true);
    assert_eq!(failure(other.start()).0, ErrorKind::AlreadyRunning);
    let mut looks = 0;
    let mut hopeless = Executor::new("sleep 1000", move || {
        looks += 1;
        match looks {
            1 => Check::NotYet("it is early".into()),
            _ => Check::Failed("the disk is full".into()),
        }
    });
    let error = hopeless.start().map(drop).unwrap_err();
    assert!(error.to_string().contains("the disk is full"), "{error}");
}

#[test]
fn the_command() {
    let list = ["sh", "-c", "echo \"$0\"; exec sleep 1000", "two words"];
    for mut executor in [
        SimpleExecutor::new("sh -c 'echo two words; exec sleep 1000'"),
        SimpleExecutor::new(list),
        SimpleExecutor::new("yes two words | head -n 1; exec sleep 1000").shell(true),
    ] {
        executor.start().unwrap();
        assert_eq!(printed(&executor, "\n"), "two words\n");
        drop_and_look(executor);
    }
}

#[test]
fn directory_environment_timeout() {
    let dir = scratch_directory("settings").unwrap();
    let server = "echo $PWD $LOG > seen; exec python3 -m http.server $PORT --bind 127.0.0.1";
    let mut api = TcpExecutor::new(server, "127.0.0.1", "{port}")
        .shell(true)
        .cwd(&dir)
        .env("PORT", "{port}")
        .envs([("LOG", "debug")])
        .timeout("60s");
    api.start().unwrap();
    let seen = fs::read_to_string(dir.join("seen")).unwrap();
    assert_eq!(seen, format!("{} debug\n", dir.display()));
    drop_and_look(api);
    let mut late = TcpExecutor::new("sleep 1000", "127.0.0.1", "{port}").timeout("50ms");
    assert_eq!(failure(late.start()).0, ErrorKind::TimeoutExpired);
}

#[test]
fn how_it_is_stopped_and_how_it_may_end() {
    let particular = || OutputExecutor::new(PARTICULAR, "ready").stop_signal("SIGINT");
    let bad = |code| (ErrorKind::ProcessFinishedWithError, Some(code));
    assert_eq!(failure(particular().start().unwrap().stop()), bad(3));
    let mut expected = particular().expected_returncode(3);
    expected.start().unwrap().stop().unwrap();
    let by_term = StopOptions::new().signal("SIGTERM");
    let stopped = expected.start().unwrap().stop_with(by_term.clone());
    assert_eq!(failure(stopped), bad(4));
    let started = expected.start().unwrap();
    started.stop_with(by_term.expected_returncode(4)).unwrap();
    drop_and_look(expected);
    // Death by the stop signal is a good end, whatever else is expected.
    let mut worker = SimpleExecutor::new("sleep 1000").expected_returncode(3);
    worker.start().unwrap().stop().unwrap();

    let stubborn = OutputExecutor::new(STUBBORN, "ready").grace("100ms");
    let mut stubborn = stubborn.kill_signal("SIGQUIT");
    assert_eq!(failure(stubborn.start().unwrap().stop()), bad(5));
    drop_and_look(stubborn);
}

#[test]
fn for_the_length_of_a_block() {
    let (pid, port, dir) = {
        let mut api = HttpExecutor::new(WEB, WEB_URL);
        api.start().unwrap();
        assert!(api.running());
        let dir = api.dir().unwrap().to_owned();
        (api.pid().unwrap(), api.port().unwrap(), dir)
    };
    assert!(!alive(pid) && !dir.exists());
    TcpListener::bind(("127.0.0.1", port)).unwrap();
}

#[test]
fn an_outage() {
    let mut api = HttpExecutor::new(WEB, WEB_URL);
    api.start().unwrap();
    let at = |api: &HttpExecutor| (api.port().unwrap(), api.dir().unwrap().to_owned());
    let (before, pid) = (at(&api), api.pid().unwrap());
    let down = api.stopped(|| !alive(pid) && TcpStream::connect(("127.0.0.1", before.0)).is_err());
    assert!(down.unwrap());
    assert!(api.running());
    assert_eq!(at(&api), before);
    TcpStream::connect(("127.0.0.1", before.0)).unwrap();
    // It need not run before.
    api.stop().unwrap();
    api.stopped(|| ()).unwrap();
    assert!(api.running());
    drop_and_look(api);
}

#[test]
fn calls_in_a_chain() {
    let command = "echo ann; echo bob; touch {dir}/done; exec sleep 1000";
    let mut list = SimpleExecutor::new(command).shell(true);
    let started = list.start().unwrap();
    let done = exists(&started.dir().unwrap().join("done"));
    let output = started.wait_for(done).unwrap().stop().unwrap().output();
    assert_eq!(read_to_string(output.unwrap()).unwrap(), "ann\nbob\n");
    drop_and_look(list);
}

#[test]
fn output_and_errors() {
    let command = "echo careful >&2; echo accepting mail; echo first; \
                   until test -e {dir}/go; do sleep 0.01; done; echo second; exec sleep 1000";
    let mut mail = OutputExecutor::new(command, "accepting mail").shell(true);
    mail.start().unwrap();
    assert_eq!(printed(&mail, "\n"), "first\n");
    let errors = mail.err_output().unwrap().lines().next();
    assert_eq!(errors.unwrap().unwrap(), "careful");
    // A reader that has come to the end of what there is can go on later.
    let mut reader = mail.output().unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    fs::write(mail.dir().unwrap().join("go"), "").unwrap();
    eventually("there is more", || {
        (reader.read_to_string(&mut text).unwrap() > 0).then_some(())
    });
    assert_eq!(text, "first\nsecond\n");
    drop_and_look(mail);
}

#[test]
fn standard_streams() {
    let dir = scratch_directory("streams").unwrap();
    let log = dir.join("worker.log");
    let command = "sh -c 'cat; echo error >&2; echo out; exec sleep 1000'";
    let read = || fs::read_to_string(&log).ok();
    let mut worker = SimpleExecutor::new(command)
        .stdin(Input::Empty)
        .stdout(Output::File(log.clone()))
        .stderr(Output::Null);
    worker.start().unwrap();
    eventually("it has printed", || read().filter(|text| text == "out\n"));
    assert!(worker.err_output().is_err());
    drop_and_look(worker);

    let mut worker = SimpleExecutor::new(command)
        .stdin(Input::Text("in\n".into()))
        .stderr(Output::Log);
    worker.start().unwrap();
    assert_eq!(printed(&worker, "out\n"), "in\nerror\nout\n");
    drop_and_look(worker);

    // One whose input is at its end goes on; one whose input is open waits.
    let mut waiting = SimpleExecutor::new(command).stdin(Input::Open);
    let mut other = SimpleExecutor::new(command);
    waiting.start().unwrap();
    other.start().unwrap();
    assert_eq!(printed(&other, "out\n"), "out\n");
    assert_eq!(printed(&waiting, ""), "");
    drop_and_look(waiting);
}

#[test]
fn wait_for_something_else() {
    let mut worker = SimpleExecutor::new("touch {dir}/done; exec sleep 1000").shell(true);
    let done = worker.start().unwrap().dir().unwrap().join("done");
    worker.wait_for(exists(&done)).unwrap();
    assert!(done.exists());
    drop_and_look(worker);
    // Neither waits for the hour that is the timeout, or leaves something that runs.
    let never = || Check::NotYet("it is not done".into());
    let mut dead = SimpleExecutor::new("sh -c 'exit 3'");
    let waited = dead.start().unwrap().wait_for(never);
    assert_eq!(failure(waited), DIED_WITH_3);
    let mut late = SimpleExecutor::new("sleep 1000").timeout("50ms");
    let pid = late.start().unwrap().pid().unwrap();
    let error = late.wait_for(never).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimeoutExpired);
    assert!(error.to_string().contains("it is not done"), "{error}");
    assert!(!alive(pid));
}

#[test]
fn does_it_run_kill_it() {
    let mut worker = OutputExecutor::new(STUBBORN, "ready");
    assert!(!worker.running());
    worker.start().unwrap();
    let pid = worker.pid().unwrap();
    assert!(worker.running() && alive(pid));
    worker.kill().unwrap();
    assert!(!worker.running() && !alive(pid));
    drop_and_look(worker);
}

#[test]
fn a_crash() {
    let mut worker = SimpleExecutor::new("sh -c 'kill -SEGV $$'");
    worker.start().unwrap();
    eventually("it has crashed", || {
        (!worker.state().unwrap().runs()).then_some(())
    });
    assert_eq!(worker.state().unwrap(), State::Signaled(11));
    let error = worker.stop().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessFinishedWithError);
    assert_eq!(error.signal(), Some(11));
    worker.stop().unwrap();
}

#[test]
fn errors() {
    let mark = format!("errors-{}", std::process::id());
    let api = |command: &str| TcpExecutor::new(command, "127.0.0.1", "{port}").shell(true);
    let command = format!("setsid sh -c 'sleep 1000; :' {mark} & exec sleep 1000");
    let mut late = api(&command).timeout("100ms");
    let error = late.start().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimeoutExpired);
    assert!(error.to_string().contains("connection refused"), "{error}");
    let mut commands = processes().into_iter().map(|process| process.command);
    assert!(!commands.any(|command| command.contains(&mark)));

    let mut full = api("echo it is full >&2; exit 3");
    let error = full.start().map(drop).unwrap_err();
    assert_eq!((error.kind(), error.code()), DIED_WITH_3);
    assert!(error.to_string().contains("it is full"), "{error}");

    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = other.local_addr().unwrap().port();
    let mut second = TcpExecutor::new("sleep 1000", "127.0.0.1", port);
    let error = second.start().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AlreadyRunning);
    let holder = std::process::id().to_string();
    assert!(error.to_string().contains(&holder), "{error}");

    let mut missing = SimpleExecutor::new("no-such-program");
    assert_eq!(failure(missing.start()).0, ErrorKind::NotInstalled);
    let mut nowhere = PidExecutor::new("true", "");
    assert_eq!(failure(nowhere.start()).0, ErrorKind::InvalidInput);
}
