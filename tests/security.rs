//! The lines of `docs/security.md`, by their numbers, and the paths that sessions must cope with.
//!
//! Much of it is about what root does, and needs root to be shown: as another user, what is not run says so.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use fixtured_tests::{Scratch, eventually, process, scratch_directory, without_runner};
use nix::unistd::{Gid, Uid, User, geteuid, setfsgid, setfsuid};

/// A session with daemons in it, until it is dropped.
struct Session {
    runner: Child,
    /// What the runner tells about each daemon.
    daemons: Vec<serde_json::Value>,
}

impl Session {
    fn start(variables: &[(&str, &str)], names: &[&str]) -> Result<Self, String> {
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        without_runner(&mut command);
        command.arg("own").args(names);
        command.envs(variables.iter().copied());
        Self::of(command)
    }

    fn of(mut command: Command) -> Result<Self, String> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut runner = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut daemons = Vec::new();
        for line in BufReader::new(runner.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if line == "ready" {
                return Ok(Self { runner, daemons });
            }
            daemons.push(serde_json::from_str(&line).unwrap());
        }
        let mut problem = String::new();
        let mut errors = runner.stderr.take().unwrap();
        errors.read_to_string(&mut problem).unwrap();
        runner.wait().unwrap();
        Err(problem)
    }

    fn dir(&self, daemon: usize) -> PathBuf {
        self.daemons[daemon]["dir"].as_str().unwrap().into()
    }

    /// The session's own directory.
    fn own(&self) -> PathBuf {
        let log = Path::new(self.daemons[0]["log"].as_str().unwrap());
        log.parent().unwrap().into()
    }

    fn port(&self, daemon: usize) -> u16 {
        let port = self.daemons[daemon]["ports"][""].as_u64().unwrap();
        port.try_into().unwrap()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.runner.stdin.take());
        let _ = self.runner.wait();
        // The session's lists may be in a directory that its test is about to remove.
        let mut dirs = vec![self.own()];
        for daemon in 0..self.daemons.len() {
            let dir = self.dir(daemon);
            dirs.extend([dir.parent().unwrap().into(), dir]);
        }
        if !thread::panicking() {
            eventually("nothing is left of the session", || {
                let gone = |dir: &PathBuf| fs::symlink_metadata(dir).is_err();
                dirs.iter().all(gone).then_some(())
            });
        }
    }
}

/// Says loudly what is not run since only root could do it.
fn as_root(what: &str) -> bool {
    let root = geteuid().is_root();
    if !root {
        // Past the capture of the test harness, which shows only what tests that fail have printed.
        let _ = writeln!(std::io::stderr(), "NOT RUN, since this is not root: {what}");
    }
    root
}

fn user(name: &str) -> User {
    User::from_name(name).unwrap().unwrap()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A directory in which everybody may make something, as `/tmp`.
fn shared(name: &str) -> Scratch {
    let dir = scratch_directory(name).unwrap();
    mode(&dir, 0o1777);
    dir
}

/// Everything below a directory.
fn below(dir: &Path) -> Vec<PathBuf> {
    let mut all = vec![dir.to_owned()];
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => all.extend(below(&entry.path())),
            false => all.push(entry.path()),
        }
    }
    all
}

#[test]
fn line_1_the_supervisor_answers_only_its_user() {
    if !as_root("another user who gets to the socket is not answered") {
        return;
    }
    let dir = shared("peer");
    let session = Session::start(&[("FIXTURED_DIR", dir.to_str().unwrap())], &["redis"]).unwrap();
    let own = session.own();
    mode(own.parent().unwrap(), 0o755);
    mode(&own, 0o755);
    mode(&own.join("socket"), 0o777);
    let socket = own.join("socket");
    let asked = |uid: Option<u32>| {
        let mut ask = Command::new("/usr/bin/python3");
        let script = "import socket, struct, sys\ns = socket.socket(socket.AF_UNIX)\ns.settimeout(20)\ns.connect(sys.argv[1])\nprint(s.recv(1))";
        ask.args(["-c", script]).arg(&socket);
        if let Some(uid) = uid {
            std::os::unix::process::CommandExt::uid(&mut ask, uid);
        }
        ask
    };
    let output = asked(Some(user("nobody").uid.as_raw())).output().unwrap();
    // It is let go at once, and told nothing.
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        "b''\n",
        "{output:?}"
    );
    mode(own.parent().unwrap(), 0o700);
    mode(&own, 0o700);
    assert!(
        !asked(Some(user("nobody").uid.as_raw()))
            .status()
            .unwrap()
            .success()
    );
}

#[test]
fn line_2_a_server_that_refuses_root_runs_as_a_user_of_its_own() {
    if !as_root("PostgreSQL runs as the user `postgres`") {
        return;
    }
    let postgres = fixtured::Acquire::start(fixtured::daemons::postgres()).unwrap();
    let status = fs::read_to_string(format!("/proc/{}/status", postgres.pid())).unwrap();
    let uid = user("postgres").uid;
    assert!(status.contains(&format!("Uid:\t{uid}\t{uid}\t{uid}\t{uid}")));
    assert_eq!(fs::metadata(postgres.dir()).unwrap().uid(), uid.as_raw());
}

#[test]
fn lines_3_and_13_to_15_nobody_else_can_read_or_exchange_anything() {
    let dir = shared("modes");
    let root = fs::canonicalize(&dir).unwrap();
    let session = Session::start(
        &[("FIXTURED_DIR", dir.to_str().unwrap())],
        &["postgres", "redis"],
    )
    .unwrap();
    let me = geteuid().as_raw();
    let servers = [session.dir(0), session.dir(1)];
    let mut seen = 0;
    for path in below(&root).iter().filter(|path| **path != root) {
        let Ok(found) = fs::symlink_metadata(path) else {
            continue;
        };
        seen += 1;
        let of_server = servers.iter().any(|server| path.starts_with(server));
        // What is inside a directory that is closed is closed.
        if of_server && !servers.contains(path) {
            continue;
        }
        let way = me == 0 && path.to_str().unwrap().contains("-servers") && !of_server;
        let wanted = if way { 0o011 } else { 0 };
        if !found.is_symlink() {
            assert_eq!(found.mode() & 0o077, wanted, "{}", path.display());
        }
        assert!(found.uid() == me || of_server, "{}", path.display());
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn lines_4_and_5_a_link_of_the_servers_user_leads_root_nowhere() {
    if !as_root("a process of the user `postgres` plants links while root starts PostgreSQL") {
        return;
    }
    let (dir, safe) = (shared("attack"), scratch_directory("victim").unwrap());
    let victim = safe.join("victim");
    fs::write(&victim, "precious").unwrap();
    mode(&victim, 0o600);
    let before = fs::metadata(&victim).unwrap();
    let (planted, exchanged) = (AtomicUsize::new(0), AtomicUsize::new(0));
    for _ in 0..2 {
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        without_runner(&mut command);
        command.args(["own", "postgres"]).env("FIXTURED_DIR", &*dir);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut runner = command.stderr(Stdio::null()).spawn().unwrap();
        let started = process(runner.id()).unwrap().started;
        let name = format!("{}-{started}-{}", runner.id(), env!("CARGO_PKG_VERSION"));
        let server = dir.join("fixtured-0-servers").join(name).join("postgres-1");
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                // With the rights that the user has for files: as a process of his, but with no time lost.
                let attacker = user("postgres");
                setfsgid(attacker.gid);
                setfsuid(attacker.uid);
                assert_eq!(setfsuid(Uid::from_raw(u32::MAX)), attacker.uid);
                assert_eq!(setfsgid(Gid::from_raw(u32::MAX)), attacker.gid);
                while !over.load(Ordering::Relaxed) {
                    for file in ["access.conf", "postgresql.conf", ".stdin", "socket"] {
                        let link = symlink(&victim, server.join(file));
                        planted.fetch_add(usize::from(link.is_ok()), Ordering::Relaxed);
                    }
                    let away = server.with_file_name("away");
                    let moved = fs::rename(&server, &away).and_then(|()| symlink(&*safe, &server));
                    exchanged.fetch_add(usize::from(moved.is_ok()), Ordering::Relaxed);
                    thread::yield_now();
                }
            });
            let mut said = String::new();
            let _ = BufReader::new(runner.stdout.take().unwrap()).read_line(&mut said);
            drop(runner.stdin.take());
            let _ = runner.wait();
            eventually("the session is over", || {
                fs::read_dir(&*dir).unwrap().next().is_none().then_some(())
            });
            over.store(true, Ordering::Relaxed);
        });
    }
    assert!(planted.into_inner() > 0, "the attack did not take place");
    assert_eq!(exchanged.into_inner(), 0);
    let after = fs::metadata(&victim).unwrap();
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(
        (before.uid(), before.mode(), before.ino()),
        (after.uid(), after.mode(), after.ino())
    );
    assert_eq!(fs::read_dir(&*safe).unwrap().count(), 1);
}

#[test]
fn line_6_root_writes_a_servers_output_through_no_link_of_others() {
    if !as_root("a link of another user where a server is to write") {
        return;
    }
    let dir = shared("output");
    let (victim, link, own) = (dir.join("victim"), dir.join("link"), dir.join("own"));
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(user("nobody").uid.as_raw()), None).unwrap();
    symlink(dir.join("target"), &own).unwrap();
    let run = |path: &Path| {
        let mut executor = fixtured::SimpleExecutor::new(["sh", "-c", "echo said; exec sleep 100"])
            .stdout(fixtured::launch::Output::File(path.into()));
        executor.start().map(drop)
    };
    let error = run(&link).unwrap_err().to_string();
    assert!(error.contains("another user has put there"), "{error}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    run(&own).unwrap();
    assert!(dir.join("target").exists());
}

#[test]
fn line_7_a_place_that_others_could_exchange_is_refused() {
    let dir = scratch_directory("open").unwrap();
    let inside = dir.join("inside");
    fs::create_dir(&inside).unwrap();
    let refused = |wanted: &str| {
        for variable in ["FIXTURED_DIR", "TMPDIR"] {
            let session = Session::start(&[(variable, inside.to_str().unwrap())], &["redis"]);
            let error = session.map(drop).unwrap_err();
            let names = error.contains(&format!("`{}`", dir.display()));
            assert!(names && error.contains(wanted), "{error}");
            assert!(error.contains("set FIXTURED_DIR"), "{error}");
        }
        assert!(fs::read_dir(&inside).unwrap().next().is_none());
    };
    mode(&dir, 0o777);
    refused("no sticky bit");
    mode(&dir, 0o755);
    if as_root("a directory of another user is refused") {
        chown(&*dir, Some(user("nobody").uid.as_raw()), None).unwrap();
        refused("belongs to nobody");
    }
}

#[test]
fn line_8_a_directory_that_a_servers_user_cannot_come_to_is_named() {
    if !as_root("PostgreSQL below a directory that only root can enter") {
        return;
    }
    let dir = scratch_directory("closed").unwrap();
    mode(&dir, 0o700);
    let inside = dir.join("inside");
    fs::create_dir(&inside).unwrap();
    let session = Session::start(&[("FIXTURED_DIR", inside.to_str().unwrap())], &["postgres"]);
    let error = session.map(drop).unwrap_err();
    let wanted = format!(
        "the user postgres, as whom the server runs, cannot enter `{}`",
        dir.display()
    );
    assert!(error.contains(&wanted), "{error}");
    eventually("nothing is left", || {
        fs::read_dir(&inside)
            .unwrap()
            .next()
            .is_none()
            .then_some(())
    });
    // Only the session's own files are there if it is where temporary files go.
    drop(Session::start(&[("TMPDIR", inside.to_str().unwrap())], &["postgres"]).unwrap());
}

#[test]
fn line_9_servers_listen_on_loopback_only() {
    let session = Session::start(&[], &["redis", "postgres"]).unwrap();
    let table = fs::read_to_string("/proc/net/tcp").unwrap()
        + &fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
    for daemon in 0..2 {
        let port = format!(":{:04X}", session.port(daemon));
        let listening: Vec<_> = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|line| line[1].ends_with(&port) && line[3] == "0A")
            .map(|line| line[1].to_owned())
            .collect();
        assert_eq!(listening, [format!("0100007F{port}")]);
    }
}

#[test]
fn line_10_a_directory_that_somebody_has_planted_is_passed_by() {
    let dir = shared("planted");
    let name = format!("fixtured-{}", geteuid());
    let planted = dir.join(&name);
    fs::create_dir(&planted).unwrap();
    mode(&planted, 0o777);
    if as_root("the planted directory belongs to another user") {
        chown(&planted, Some(user("nobody").uid.as_raw()), None).unwrap();
    }
    for variable in ["FIXTURED_DIR", "TMPDIR"] {
        let session = Session::start(&[(variable, dir.to_str().unwrap())], &["redis"]).unwrap();
        let root = fs::canonicalize(&dir).unwrap();
        assert!(session.own().starts_with(root.join(format!("{name}-2"))));
        assert!(fs::read_dir(&planted).unwrap().next().is_none());
    }
}

#[test]
fn line_16_the_password_of_an_existing_server_is_closed_and_goes() {
    let postgres = fixtured::Acquire::start(fixtured::daemons::postgres()).unwrap();
    let url = format!(
        "postgres://postgres:{}@127.0.0.1:{}/postgres",
        postgres.value("password"),
        postgres.port()
    );
    let dir = scratch_directory("existing").unwrap();
    let there = fs::canonicalize(&dir).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
    without_runner(&mut command);
    command
        .args(["shared", "postgres"])
        .env("FIXTURED_DIR", &*dir);
    command.env("FIXTURED_POSTGRES_URL", url);
    let session = Session::of(command).unwrap();
    let with_password: Vec<_> = below(&there)
        .into_iter()
        .filter(|path| path.is_file())
        .filter(|path| {
            let text = fs::read(path).unwrap();
            let text = String::from_utf8_lossy(&text);
            text.contains(postgres.value("password"))
        })
        .collect();
    assert_eq!(with_password, [session.own().join("existing")]);
    assert_eq!(
        fs::metadata(&with_password[0]).unwrap().mode() & 0o777,
        0o600
    );
    drop(session);
    eventually("it is gone", || (!with_password[0].exists()).then_some(()));
}

/// Starts a daemon with a unix socket in this directory, talks to it there, and looks what is left.
fn works_in(root: &Path, variable: &str, value: &str, cwd: &Path) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
    without_runner(&mut command);
    command.env_remove("TMPDIR").current_dir(cwd);
    command
        .args(["own", "redis", "postgres"])
        .env(variable, value);
    let session =
        Session::of(command).unwrap_or_else(|error| panic!("{variable}={value}: {error}"));
    let socket = session.dir(0).join("socket");
    let mut redis = UnixStream::connect(&socket).unwrap();
    redis.write_all(b"PING\r\n").unwrap();
    let mut answer = [0; 7];
    redis.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+PONG\r\n");
    let dirs = [session.own(), session.dir(0), session.dir(1)];
    drop((redis, session));
    eventually("nothing is left", || {
        let left = dirs.iter().any(|dir| fs::symlink_metadata(dir).is_ok());
        let in_root = fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some());
        (!left && !in_root).then_some(())
    });
}

#[test]
fn line_17_long_and_strange_paths_work() {
    let scratch = scratch_directory("p").unwrap();
    mode(&scratch, 0o755);
    let scratch_length = scratch.as_os_str().len();
    let of_length = |length: usize| "x".repeat(length.saturating_sub(scratch_length + 1).max(1));
    for name in [
        of_length(61),
        of_length(76),
        of_length(122),
        of_length(200),
        "with space".into(),
        "it's \"quoted\"".into(),
        "{port} {dir} %s $HOME #;".into(),
        "\u{fc}ml\u{e4}ut".into(),
    ] {
        let root = scratch.join(name);
        fs::create_dir(&root).unwrap();
        mode(&root, 0o755);
        for variable in ["FIXTURED_DIR", "TMPDIR"] {
            works_in(&root, variable, root.to_str().unwrap(), &scratch);
        }
    }
}

#[test]
fn relative_and_empty_paths_work() {
    let scratch = scratch_directory("relative").unwrap();
    mode(&scratch, 0o755);
    let root = scratch.join("here");
    fs::create_dir(&root).unwrap();
    for variable in ["FIXTURED_DIR", "TMPDIR"] {
        works_in(&root, variable, "here", &scratch);
        works_in(&root, variable, "./here/../here", &scratch);
        works_in(&root, variable, "", &scratch);
    }
}

#[test]
fn line_18_nothing_is_left() {
    let dir = shared("left");
    drop(
        Session::start(
            &[("FIXTURED_DIR", dir.to_str().unwrap())],
            &["redis", "postgres"],
        )
        .unwrap(),
    );
    eventually("nothing is left", || {
        fs::read_dir(&dir).unwrap().next().is_none().then_some(())
    });
}

#[test]
fn every_line_has_its_test() {
    let page = include_str!("../docs/security.md");
    let numbers: Vec<u32> = page
        .lines()
        .filter_map(|line| {
            let line = line.strip_prefix("| ").unwrap_or(line);
            line.split_once(". ")?.0.parse().ok()
        })
        .collect();
    assert_eq!(numbers, (1..=18).collect::<Vec<_>>());
}
