//! Parts that are not had in time, or at all: a test is told why, and nothing goes on for it.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use fixtured::daemons::Postgres;
use fixtured::{Acquire, ErrorKind, Instance, daemons};
use fixtured_tests::{eventually, processes, scratch_directory, without_runner};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{Backlog, listen};
use nix::unistd::Pid;
use postgres::{Client, NoTls};

/// How long a test waits for its part here; the server is started before.
const TIMEOUT: &str = "4s";

/// Far less than what is waited for, and more than a busy machine needs.
const SOON: Duration = Duration::from_secs(40);

fn client(postgres: &Instance<Postgres>) -> Client {
    Client::connect(postgres.url(), NoTls).unwrap()
}

/// What an error says, which must come soon.
fn text<T>(acquire: impl FnOnce() -> fixtured::Result<T>, kind: ErrorKind) -> String {
    let since = Instant::now();
    let error = acquire().err().unwrap();
    assert!(since.elapsed() < SOON, "{:?}: {error}", since.elapsed());
    assert_eq!(error.kind(), kind, "{error}");
    error.to_string()
}

/// How many rows a query gives, as the superuser in a database of its own.
fn count(postgres: &Instance<Postgres>, query: &str) -> usize {
    client(postgres).query(query, &[]).unwrap().len()
}

#[test]
fn a_migration_that_takes_too_long_is_named_and_cancelled() {
    let scratch = scratch_directory("sleeping").unwrap();
    let path = scratch.join("sleeping.sql");
    let options = || {
        daemons::postgres()
            .timeout(TIMEOUT)
            .setting("work_mem", "21MB")
    };
    let plain = options().acquire().unwrap();
    fs::write(
        &path,
        "CREATE TABLE a (b int);\n\nSELECT pg_sleep(1000);\nCREATE TABLE c (d int);",
    )
    .unwrap();
    let text = text(
        || options().init(path.as_path()).acquire(),
        ErrorKind::TimeoutExpired,
    );
    let wanted = format!(
        "migration {}, line 3, failed\n  statement: SELECT pg_sleep(1000)\n  server:  not done within 4 s\n  daemon:  postgres\n  to do:   raise `timeout`",
        path.display()
    );
    assert!(text.starts_with(&wanted), "{text}");
    eventually("the server has nothing more to do with it", || {
        let sleeping = "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'CREATE TABLE a%'";
        let templates = "SELECT 1 FROM pg_database WHERE datname LIKE '%fixtured_template%'";
        (count(&plain, sleeping) + count(&plain, templates) == 0).then_some(())
    });
    // It is remembered, so that not every test waits as long.
    let since = Instant::now();
    options()
        .init(path.as_path())
        .acquire()
        .map(drop)
        .unwrap_err();
    assert!(
        since.elapsed() < Duration::from_secs(4),
        "{:?}",
        since.elapsed()
    );
}

#[test]
fn code_that_does_not_return_makes_others_wait_until_their_deadline_only() {
    static GO: std::sync::Mutex<Option<mpsc::Receiver<()>>> = std::sync::Mutex::new(None);
    fn waits(_: &str) -> Result<(), String> {
        let go = GO.lock().unwrap().take().ok_or("it is called twice")?;
        go.recv().map_err(|error| error.to_string())
    }
    let (release, released) = mpsc::channel();
    *GO.lock().unwrap() = Some(released);
    let options = || {
        let options = daemons::postgres().timeout(TIMEOUT);
        options.setting("work_mem", "22MB").init(waits)
    };
    drop(
        daemons::postgres()
            .timeout(TIMEOUT)
            .setting("work_mem", "22MB")
            .acquire()
            .unwrap(),
    );
    let slow = thread::Builder::new().name("slow_test".into());
    let slow = slow.spawn(move || options().acquire()).unwrap();
    eventually("it is called", || {
        GO.lock().unwrap().is_none().then_some(())
    });
    let text = text(|| options().acquire(), ErrorKind::TimeoutExpired);
    let wanted = "`postgres` is running, but the database for this test could not be created: the test `slow_test` has not prepared it within 4 s\n";
    assert!(text.starts_with(wanted), "{text}");
    // It may take longer than that itself: it is the test's own time.
    release.send(()).unwrap();
    slow.join().unwrap().unwrap();
    options().acquire().unwrap();
}

#[test]
fn a_server_that_does_not_go_on_is_waited_for_until_the_deadline() {
    let options = || {
        daemons::postgres()
            .timeout(TIMEOUT)
            .setting("work_mem", "23MB")
    };
    let first = options().acquire().unwrap();
    let all: Vec<_> = processes()
        .into_iter()
        .filter(|process| process.pid == first.pid() || process.parent == first.pid())
        .collect();
    let send = |signal| {
        for process in &all {
            let _ = kill(Pid::from_raw(process.pid as i32), signal);
        }
    };
    send(Signal::SIGSTOP);
    // One may have been made ahead.
    let texts = [(); 2].map(|()| {
        options()
            .acquire()
            .map(drop)
            .map_err(|error| error.to_string())
    });
    send(Signal::SIGCONT);
    let late = texts[1].as_ref().unwrap_err();
    assert!(
        late.contains("within 4 s") && late.contains("raise `timeout`"),
        "{late}"
    );
    eventually("it goes on", || options().acquire().ok());
}

#[test]
fn what_the_server_refuses_is_said_at_once() {
    let refused = |options: Postgres| text(|| options.acquire(), ErrorKind::Other);
    let text = refused(daemons::postgres().extensions(["nonsense"]));
    assert!(
        text.contains("extension \"nonsense\" is not available")
            && text.contains("request: CREATE EXTENSION IF NOT EXISTS \"nonsense\" CASCADE"),
        "{text}"
    );
    let text = refused(daemons::postgres().roles(["pg_me"]));
    assert!(
        text.contains("ERROR 42939: role name \"pg_me\" is reserved"),
        "{text}"
    );
    assert!(!text.contains("PASSWORD"), "{text}");
}

#[test]
fn a_server_without_connections_left_says_so() {
    let options = || {
        daemons::postgres()
            .setting("max_connections", "5")
            .setting("superuser_reserved_connections", "0")
    };
    let first = options().acquire().unwrap();
    let mut held = Vec::new();
    let taken = std::iter::from_fn(|| Client::connect(first.url(), NoTls).ok());
    held.extend(taken.take(10));
    // Whoever makes databases ahead has one connection, as long as it lives.
    held[0]
        .batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'fixtured'")
        .unwrap();
    let mut texts = Vec::new();
    let all = eventually("all are taken", || {
        held.extend(Client::connect(first.url(), NoTls).ok());
        texts.extend(
            options()
                .acquire()
                .map(drop)
                .map_err(|error| error.to_string())
                .err(),
        );
        texts.first().cloned()
    });
    assert!(all.0.contains("too many clients already"), "{}", all.0);
    drop(held);
    eventually("there are some again", || options().acquire().ok());
}

#[test]
fn a_base_that_somebody_uses_cannot_be_cloned() {
    let options = || daemons::postgres().setting("work_mem", "24MB");
    let first = options().acquire().unwrap();
    let url = first.url().replace(first.database(), "template1");
    let user = Client::connect(&url, NoTls).unwrap();
    let refused = eventually("none is left that was made before", || {
        options().acquire().err().map(|error| error.to_string())
    });
    let wanted = "source database \"template1\" is being accessed by other users";
    assert!(refused.0.contains(wanted), "{}", refused.0);
    drop(user);
    eventually("it can be cloned again", || options().acquire().ok());
}

/// A server that does this with each connection.
fn serving(serve: fn(&mut TcpStream)) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || {
                serve(&mut stream);
                let mut rest = [0; 1024];
                while stream.read(&mut rest).is_ok_and(|read| read > 0) {}
            });
        }
    });
    port
}

/// A process that acquires PostgreSQL in a server that is there already, and what is left in this directory is its session.
fn acquire(port: u16, timeout: &str, dir: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acquire"));
    without_runner(&mut command);
    let url = format!("postgresql://me:secret@127.0.0.1:{port}/postgres?sslmode=disable");
    command
        .arg(timeout)
        .env("FIXTURED_POSTGRES_URL", url)
        .env("FIXTURED_DIR", dir)
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    command
}

/// Whether all sessions in a directory have ended.
fn is_over(dir: &Path) -> bool {
    let of_users = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut sessions = of_users.flat_map(|user| fs::read_dir(user.path()).into_iter().flatten());
    sessions.next().is_none()
}

/// By TCP each is there.
#[test]
fn a_server_of_somebody_elses_is_waited_for_until_the_deadline() {
    let dir = scratch_directory("silent").unwrap();
    let silent: fn(&mut TcpStream) = |_| {};
    let half: fn(&mut TcpStream) = |stream| drop(stream.write_all(b"R\0\0\0"));
    let endless: fn(&mut TcpStream) = |stream| {
        let notice = b"N\0\0\0\x05\0".repeat(100);
        while stream.write_all(&notice).is_ok() {}
    };
    for serve in [silent, half, endless] {
        let port = serving(serve);
        let since = Instant::now();
        let output = acquire(port, "1s", &dir).output().unwrap();
        assert!(
            since.elapsed() < Duration::from_secs(20),
            "{:?}",
            since.elapsed()
        );
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let wanted =
            format!("cannot connect to `postgres` at 127.0.0.1:{port}: no answer within 1 s");
        assert!(!output.status.success() && text.contains(&wanted), "{text}");
        assert!(!text.contains("secret"), "{text}");
    }
    let port = serving(|stream| drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n")));
    let output = acquire(port, "1h", &dir).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        text.contains("does not speak the protocol of PostgreSQL"),
        "{text}"
    );
    eventually("all sessions end", || is_over(&dir).then_some(()));
}

/// The system drops what comes for a listener whose queue is full, as a firewall does.
#[test]
fn a_host_that_swallows_packets_is_named_at_the_deadline() {
    let dir = scratch_directory("swallowing").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listen(&listener, Backlog::new(0).unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let come = || TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok();
    let _queue: Vec<_> = std::iter::from_fn(come).collect();
    let since = Instant::now();
    let output = acquire(address.port(), "1s", &dir).output().unwrap();
    assert!(
        since.elapsed() < Duration::from_secs(20),
        "{:?}",
        since.elapsed()
    );
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let wanted = format!("`postgres` did not become reachable within 1 s: {address}: ");
    assert!(!output.status.success() && text.contains(&wanted), "{text}");
    eventually("its session ends", || is_over(&dir).then_some(()));
}

#[test]
fn the_session_of_a_test_that_is_killed_while_it_waits_ends() {
    let dir = scratch_directory("waiting").unwrap();
    let (connected, connections) = mpsc::channel();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        listener
            .incoming()
            .map_while(Result::ok)
            .try_for_each(|stream| connected.send(stream))
    });
    let mut waiting = acquire(port, "1h", &dir).spawn().unwrap();
    // The first asks whether it is there, the second whether we may come in.
    let held = [(); 2].map(|()| connections.recv_timeout(SOON).unwrap());
    assert!(!is_over(&dir));
    waiting.kill().unwrap();
    waiting.wait().unwrap();
    eventually("its session ends", || is_over(&dir).then_some(()));
    drop(held);
}
