//! What dedicated servers start from: data that code has made in a first one.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use fixtured::daemons::{self, Redis};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::{client, eventually, free_port, marked, scratch_directory, without_runner};

fn ask(url: &str, words: &[&str]) -> String {
    let program = format!("{}-cli", url.split(':').next().unwrap());
    match url.split_once("//:secret@") {
        None => client(&program, &[&["-u", url], words].concat()),
        Some((scheme, address)) => {
            let url = format!("{scheme}//{address}");
            let login = ["-u", &url, "--no-auth-warning", "-a", "secret"];
            client(&program, &[&login, words].concat())
        }
    }
}

fn seed(url: &str) -> Result<(), String> {
    ask(url, &["SET", "stock", "10"]);
    ask(url, &["RPUSH", "orders", "one", "two"]);
    Ok(())
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

fn seed_and_count(url: &str) -> Result<(), String> {
    RUNS.fetch_add(1, Ordering::Relaxed);
    seed(url)
}

#[test]
fn each_test_has_a_copy_of_the_same_data() {
    let buy = |_| {
        thread::spawn(|| {
            let redis = daemons::redis().init(seed_and_count).acquire().unwrap();
            let url = redis.url();
            assert_eq!(ask(url, &["LRANGE", "orders", "0", "-1"]), "one\ntwo");
            for left in (0..10).rev() {
                assert_eq!(ask(url, &["DECR", "stock"]), left.to_string());
            }
            ask(url, &["FLUSHALL"]);
            (redis.pid(), redis.dir().to_owned())
        })
    };
    let threads: Vec<_> = (0..8).map(buy).collect();
    let mut servers: Vec<_> = threads.into_iter().map(|it| it.join().unwrap()).collect();
    servers.sort();
    servers.dedup();
    assert_eq!(servers.len(), 8);
    assert_eq!(RUNS.load(Ordering::Relaxed), 1);
    for (_, directory) in servers {
        assert!(!directory.exists(), "{}", directory.display());
    }
}

#[fixture(redis, init = seed, password = "secret", sentinel = true)]
fn other_options_are_another_server(redis: &Instance<Redis>, url: &str) {
    assert_eq!(ask(url, &["GET", "stock"]), "10");
    assert_eq!(ask(url, &["CONFIG", "GET", "save"]), "save");
    let config = fs::read_to_string(redis.dir().join("server.conf")).unwrap();
    assert!(config.contains("appendonly no"), "{config}");
}

async fn seed_in_tokio(url: String) -> Result<(), String> {
    let seeded = tokio::task::spawn_blocking(move || seed(&url)).await;
    seeded.map_err(|error| error.to_string())?
}

#[fixture(valkey, init = seed_in_tokio)]
#[tokio::test]
async fn code_may_be_asynchronous(url: &str) {
    assert_eq!(ask(url, &["LLEN", "orders"]), "2");
}

#[test]
fn a_port_is_that_of_the_test() {
    let port = free_port();
    let redis = daemons::redis().init(seed).port(port).acquire().unwrap();
    assert_eq!(redis.port(), port);
    assert_eq!(ask(redis.url(), &["GET", "stock"]), "10");
}

/// The error of all who need this, once the first has failed.
fn failed(redis: impl Fn() -> Redis + Sync, runs: &AtomicUsize) -> String {
    let acquire = || redis().acquire().map(drop).unwrap_err().to_string();
    let text = acquire();
    let others: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(acquire)).collect();
        threads.into_iter().map(|it| it.join().unwrap()).collect()
    });
    assert!(others.iter().all(|other| *other == text), "{others:?}");
    assert_eq!(runs.load(Ordering::Relaxed), 1);
    text
}

#[test]
fn code_that_fails_or_panics_fails_all_who_need_it_once() {
    static FAILS: AtomicUsize = AtomicUsize::new(0);
    fn fails(_: &str) -> Result<(), String> {
        FAILS.fetch_add(1, Ordering::Relaxed);
        Err("the moon is full".into())
    }
    let text = failed(|| daemons::redis().init(fails), &FAILS);
    let (head, rest) = text.split_once('\n').unwrap();
    assert!(
        head.contains("::fails of ")
            && head.ends_with(", which prepares the data of `redis`, failed: the moon is full"),
        "{text}"
    );
    assert!(rest.contains("log: "), "{text}");

    static PANICS: AtomicUsize = AtomicUsize::new(0);
    fn panics(_: &str) -> Result<(), String> {
        PANICS.fetch_add(1, Ordering::Relaxed);
        panic!("the moon is new")
    }
    let text = failed(|| daemons::redis().init(panics), &PANICS);
    assert!(text.contains("it panicked: the moon is new"), "{text}");
}

#[test]
fn code_that_ends_its_server_is_told_so() {
    static KILLS: AtomicUsize = AtomicUsize::new(0);
    fn kills(url: &str) -> Result<(), String> {
        KILLS.fetch_add(1, Ordering::Relaxed);
        let server = ask(url, &["INFO", "server"]);
        let pid = server.split("process_id:").nth(1).unwrap();
        client("kill", &["-KILL", pid.lines().next().unwrap().trim()]);
        Ok(())
    }
    let text = failed(|| daemons::redis().init(kills), &KILLS);
    assert!(text.contains("the server has ended meanwhile"), "{text}");

    static ENDS: AtomicUsize = AtomicUsize::new(0);
    fn ends(url: &str) -> Result<(), String> {
        ENDS.fetch_add(1, Ordering::Relaxed);
        ask(url, &["SHUTDOWN", "NOSAVE"]);
        Ok(())
    }
    // An exit with status 0 is noticed at the deadline only.
    let text = failed(|| daemons::redis().init(ends).timeout("20s"), &ENDS);
    assert!(text.contains("the server has ended meanwhile"), "{text}");
}

/// A process of the session of this name that acquires with code that takes as long as its standard input is open.
fn slow(session: &str, timeout: &str) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seed"));
    without_runner(&mut command);
    command
        .arg(timeout)
        .env("FIXTURED_SESSION", session)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn line(child: &mut Child) -> String {
    let mut line = String::new();
    let output = child.stdout.as_mut().unwrap();
    BufReader::new(output).read_line(&mut line).unwrap();
    line
}

/// The next who needs it tries again, in a server that is as new.
#[test]
fn who_is_killed_while_it_prepares_leaves_it_to_the_next() {
    let session = std::process::id().to_string();
    let mut first = slow(&session, "60s");
    assert_eq!(line(&mut first), "preparing 1\n");
    let mut second = slow(&session, "60s");
    first.kill().unwrap();
    first.wait().unwrap();
    assert_eq!(line(&mut second), "preparing 1\n");
    let mut third = slow(&session, "60s");
    drop(second.stdin.take());
    assert_eq!(line(&mut second), "prepared 1\n");
    second.wait().unwrap();
    // Processes of the same program share what it has prepared.
    assert_eq!(line(&mut third), "prepared 1\n");
    third.kill().unwrap();
    third.wait().unwrap();
}

#[test]
fn who_waits_for_code_that_hangs_is_told_whose_it_is() {
    let session = std::process::id().to_string();
    let mut first = slow(&session, "1s");
    assert_eq!(line(&mut first), "preparing 1\n");
    let mut second = slow(&session, "1s");
    assert_eq!(
        line(&mut second),
        "the data of `valkey` could not be prepared: the test `main` has not done so within 1 s\n"
    );
    for mut child in [first, second] {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn an_existing_server_is_refused() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_seed"));
    without_runner(&mut command);
    let output = command
        .arg("60s")
        .env("FIXTURED_VALKEY_URL", "valkey://127.0.0.1:1")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let wanted = "FIXTURED_VALKEY_URL names an existing server, but a test wants `init`";
    assert!(text.contains(wanted), "{text}");
}

/// The servers that have been started ahead end with the session too.
#[test]
fn nothing_is_left_of_a_session() {
    let scratch = scratch_directory("left").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_seed"));
    without_runner(&mut command);
    let ended = command
        .arg("60s")
        .env("FIXTURED_DIR", &*scratch)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(ended.stdout).unwrap();
    assert_eq!(text, "preparing 1\nprepared 1\n");
    eventually("processes and directories are gone", || {
        let processes = marked(scratch.to_str().unwrap());
        let directories = fs::read_dir(&*scratch).unwrap();
        let directories = directories.flatten().map(|entry| entry.path());
        let sessions = directories.flat_map(|it| fs::read_dir(it).into_iter().flatten());
        (processes.is_empty() && sessions.count() == 0).then_some(())
    });
}
