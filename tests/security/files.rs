//! What root looks at, connects to, reads and writes where another user can plant something.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{MetadataExt, chown, lchown, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fixtured::launch::{Command, Launch, Output, Process, Ready, Site, Step};
use fixtured::{Acquire, Daemon, Instance, PidExecutor, SimpleExecutor, UnixSocketExecutor};
use fixtured_tests::{Scratch, eventually, scratch_directory};

use super::{as_root, mode, shared, user};

/// A directory of the user `nobody`.
struct Planted(Scratch);

impl Planted {
    fn new(name: &str) -> Self {
        let dir = scratch_directory(name).unwrap();
        mode(&dir, 0o755);
        chown(&*dir, Some(nobody()), None).unwrap();
        Self(dir)
    }

    /// A link in it that `nobody` has made.
    fn link(&self, name: &str, to: &Path) -> PathBuf {
        let path = self.0.join(name);
        symlink(to, &path).unwrap();
        lchown(&path, Some(nobody()), None).unwrap();
        path
    }
}

fn nobody() -> u32 {
    user("nobody").uid.as_raw()
}

const SLEEP: [&str; 2] = ["sleep", "1000"];

/// Soon, but long enough for a busy machine to look several times.
const SOON: &str = "2s";

#[test]
fn line_4_root_connects_to_no_socket_through_a_link_of_others() {
    if !as_root("a link of another user where root looks for a socket") {
        return;
    }
    let (planted, safe) = (
        Planted::new("to-socket"),
        scratch_directory("sockets").unwrap(),
    );
    let victim = UnixListener::bind(safe.join("socket")).unwrap();
    victim.set_nonblocking(true).unwrap();
    let paths = [
        planted.link("socket", &safe.join("socket")),
        planted.link("directory", &safe).join("socket"),
    ];
    for path in paths {
        let shown = path.to_str().unwrap();
        let mut executor = UnixSocketExecutor::new(SLEEP, shown).timeout(SOON);
        let error = executor.start().unwrap_err().to_string();
        assert!(error.contains("owned by another user"), "{error}");
        assert!(victim.accept().is_err(), "root has connected by {shown}");
    }
    // It is the link that makes the difference.
    let socket = safe.join("socket");
    let mut executor = UnixSocketExecutor::new(SLEEP, socket.to_str().unwrap()).timeout(SOON);
    let error = executor.start().unwrap_err().to_string();
    assert!(error.contains("accepted a connection before"), "{error}");
    assert!(victim.accept().is_ok());
}

#[test]
fn line_4_root_takes_no_pid_file_and_no_file_through_a_link_of_others() {
    if !as_root("a link of another user where root looks for a file") {
        return;
    }
    let (planted, safe) = (Planted::new("to-file"), scratch_directory("read").unwrap());
    let victim = safe.join("victim");
    fs::write(&victim, format!("{}\n", std::process::id())).unwrap();
    let link = planted.link("pid", &victim);
    let mut executor = PidExecutor::new(SLEEP, link.to_str().unwrap()).timeout(SOON);
    let error = executor.start().unwrap_err().to_string();
    assert!(error.contains("owned by another user"), "{error}");
    // A FIFO holds nobody up, though it is no pid file.
    let fifo = safe.join("fifo");
    nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRUSR).unwrap();
    let mut executor = PidExecutor::new(SLEEP, fifo.to_str().unwrap()).timeout(SOON);
    let error = executor.start().unwrap_err().to_string();
    assert!(error.contains("existed before"), "{error}");
}

#[test]
fn line_6_root_reads_no_output_through_a_link_of_others() {
    if !as_root("a link of another user in place of a server's output") {
        return;
    }
    let (planted, safe) = (
        Planted::new("to-output"),
        scratch_directory("secrets").unwrap(),
    );
    let victim = safe.join("victim");
    fs::write(&victim, "precious").unwrap();
    let file = planted.0.join("output");
    let mut executor = SimpleExecutor::new(["sh", "-c", "echo said; exec sleep 1000"]);
    executor = executor.stdout(Output::File(file.clone()));
    executor.start().unwrap();
    let (text, _) = eventually("it has said something", || {
        let mut text = String::new();
        executor
            .output()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        (!text.is_empty()).then_some(text)
    });
    assert_eq!(text, "said\n");
    fs::remove_file(&file).unwrap();
    planted.link("output", &victim);
    let error = executor.output().map(drop).unwrap_err().to_string();
    assert!(error.contains("owned by another user"), "{error}");
}

/// A daemon that writes a file and makes a directory outside its own directory.
struct Writes(PathBuf, PathBuf);

impl Daemon for Writes {
    fn launch(&self, _: &Site) -> Launch {
        let text = |path: &Path| path.to_str().unwrap().to_owned();
        let mut launch = Launch::new("writes");
        launch.timeout = Duration::from_secs(20);
        launch.prepare = vec![
            Step::Directory(text(&self.1)),
            Step::write(text(&self.0), "secret"),
        ];
        let command = Command::new(SLEEP[0], [SLEEP[1]]);
        launch.processes.push(Process::new(command, Ready::Started));
        launch
    }
}

#[test]
fn line_4_root_writes_outside_a_servers_directory_through_no_link_of_others() {
    if !as_root("links of another user where a launch has something written") {
        return;
    }
    let (planted, safe) = (
        Planted::new("to-write"),
        scratch_directory("written").unwrap(),
    );
    let victim = safe.join("victim");
    fs::write(&victim, "precious").unwrap();
    let start = |file: &Path, dir: &Path| Writes(file.into(), dir.into()).start();
    let error =
        |started: fixtured::Result<Instance<Writes>>| started.map(drop).unwrap_err().to_string();
    let (inside, link) = (planted.link("inside", &safe), planted.link("file", &victim));
    let new = planted.link("new", &safe.join("new"));
    let fine = planted.0.join("directory");
    for (file, dir) in [
        (&link, &fine),
        (&new, &fine),
        (&inside.join("victim"), &fine),
        (&inside.join("new"), &fine),
        (&planted.0.join("a"), &inside.join("directory")),
        (&planted.0.join("a"), &new),
    ] {
        let error = error(start(file, dir));
        assert!(error.contains("owned by another user"), "{error}");
    }
    // Nor to a file of his, which he could read.
    let his = planted.0.join("his");
    fs::write(&his, "").unwrap();
    chown(&his, Some(nobody()), None).unwrap();
    let error = error(start(&his, &fine));
    assert!(error.contains("a file owned by another user"), "{error}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(fs::read_to_string(&his).unwrap(), "");
    assert_eq!(fs::read_dir(&*safe).unwrap().count(), 1);
    // Where nothing is planted, it is written, and is root's alone.
    let own = planted.0.join("more/own");
    let _writes = start(&own, &fine).unwrap();
    for (path, mode) in [
        (&own, 0o600),
        (&fine, 0o700),
        (&planted.0.join("more"), 0o700),
    ] {
        let found = fs::metadata(path).unwrap();
        assert_eq!(
            (found.uid(), found.mode() & 0o777),
            (0, mode),
            "{}",
            path.display()
        );
    }
    assert_eq!(fs::read_to_string(&own).unwrap(), "secret");
}

#[test]
fn a_socket_with_a_long_path_is_found_if_its_server_names_it_by_a_short_one() {
    let dir = shared("long");
    let long = dir.join("x".repeat(150));
    fs::create_dir(&long).unwrap();
    let script = "import socket; s = socket.socket(socket.AF_UNIX); s.bind('s'); s.listen(); s.accept(); s.accept()";
    let mut executor = UnixSocketExecutor::new(["/usr/bin/python3", "-c", script], "s").cwd(&long);
    executor.start().unwrap();
}
