//! Attacks of a server's user on root, while root starts the server.

use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use fixtured_tests::{Scratch, eventually, process, scratch_directory, without_runner};
use nix::unistd::{Gid, Uid, setfsgid, setfsuid};

use super::{as_root, mode, shared, user};

/// A file of root's, which is to stay what it is.
struct Victim {
    /// Its directory, which has nothing else in it.
    safe: Scratch,
    file: PathBuf,
    before: fs::Metadata,
}

impl Victim {
    fn new(name: &str) -> Self {
        let safe = scratch_directory(name).unwrap();
        let file = safe.join("victim");
        fs::write(&file, "precious").unwrap();
        mode(&file, 0o600);
        let before = fs::metadata(&file).unwrap();
        Self { safe, file, before }
    }

    fn is_unharmed(&self) {
        let after = fs::metadata(&self.file).unwrap();
        assert_eq!(fs::read_to_string(&self.file).unwrap(), "precious");
        let facts = |found: &fs::Metadata| (found.uid(), found.gid(), found.mode(), found.ino());
        assert_eq!(facts(&self.before), facts(&after));
        assert_eq!(fs::read_dir(&*self.safe).unwrap().count(), 1);
    }
}

/// A session that starts PostgreSQL in a directory.
struct Start {
    runner: Child,
    /// The directory that the server will have.
    server: PathBuf,
}

impl Start {
    fn new(dir: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        without_runner(&mut command);
        command.args(["own", "postgres"]).env("FIXTURED_DIR", dir);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let runner = command.stderr(Stdio::null()).spawn().unwrap();
        let started = process(runner.id()).unwrap().started;
        let name = format!("{}-{started}-{}", runner.id(), env!("CARGO_PKG_VERSION"));
        let server = dir.join("fixtured-0-servers").join(name).join("postgres-1");
        Self { runner, server }
    }

    /// Waits until it has started or failed, and ends it.
    fn finish(mut self, dir: &Path) {
        let mut said = String::new();
        let _ = BufReader::new(self.runner.stdout.take().unwrap()).read_line(&mut said);
        drop(self.runner.stdin.take());
        let _ = self.runner.wait();
        eventually("the session is over", || {
            fs::read_dir(dir).unwrap().next().is_none().then_some(())
        });
    }
}

#[test]
fn lines_4_and_5_a_thread_with_the_servers_rights_leads_root_nowhere() {
    if !as_root("a thread with the rights of `postgres` plants links while root starts PostgreSQL")
    {
        return;
    }
    let (dir, victim) = (shared("attack"), Victim::new("victim"));
    let (planted, exchanged) = (AtomicUsize::new(0), AtomicUsize::new(0));
    for _ in 0..2 {
        let start = Start::new(&dir);
        let server = start.server.clone();
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
                        let link = symlink(&victim.file, server.join(file));
                        planted.fetch_add(usize::from(link.is_ok()), Ordering::Relaxed);
                    }
                    let away = server.with_file_name("away");
                    let moved =
                        fs::rename(&server, &away).and_then(|()| symlink(&*victim.safe, &server));
                    exchanged.fetch_add(usize::from(moved.is_ok()), Ordering::Relaxed);
                    thread::yield_now();
                }
            });
            start.finish(&dir);
            over.store(true, Ordering::Relaxed);
        });
    }
    assert!(planted.into_inner() > 0, "the attack did not take place");
    assert_eq!(exchanged.into_inner(), 0);
    victim.is_unharmed();
}

/// Plants links to a file in a directory, until standard input ends; then says how often that worked, for links and for the directory.
const ATTACKER: &str = r#"
import os, select, sys
victim, server = sys.argv[1:]
names = ["access.conf", "postgresql.conf", "data", "data/postgresql.conf", "data/PG_VERSION", ".stdin", "socket"]
planted = exchanged = 0
while not select.select([0], [], [], 0)[0]:
    for name in names:
        try:
            os.symlink(victim, server + "/" + name)
            planted += 1
        except OSError:
            pass
    for name in ("access.conf", "postgresql.conf"):
        try:
            os.symlink(victim, server + "/.new")
            os.rename(server + "/.new", server + "/" + name)
            planted += 1
        except OSError:
            pass
    try:
        os.rename(server, server + ".away")
        exchanged += 1
        os.symlink(os.path.dirname(victim), server)
    except OSError:
        pass
print(os.geteuid(), planted, exchanged)
"#;

#[test]
fn lines_4_and_5_a_process_of_the_servers_user_leads_root_nowhere() {
    if !as_root("a process of `postgres` plants links while root starts PostgreSQL") {
        return;
    }
    let (dir, victim) = (shared("race"), Victim::new("prey"));
    let attacker = user("postgres").uid.to_string();
    let mut planted = 0;
    for _ in 0..5 {
        let start = Start::new(&dir);
        let mut attack = Command::new("setpriv");
        attack.args([
            "--reuid",
            "postgres",
            "--regid",
            "postgres",
            "--init-groups",
        ]);
        attack.args(["/usr/bin/python3", "-c", ATTACKER]);
        attack.args([&victim.file, &start.server]).current_dir("/");
        attack.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut attack = attack.spawn().unwrap();
        start.finish(&dir);
        drop(attack.stdin.take());
        let mut said = String::new();
        let mut output = attack.stdout.take().unwrap();
        output.read_to_string(&mut said).unwrap();
        assert!(attack.wait().unwrap().success());
        let words: Vec<_> = said.split_whitespace().collect();
        assert_eq!((words[0], words[2]), (&*attacker, "0"), "{said}");
        planted += words[1].parse::<u32>().unwrap();
        victim.is_unharmed();
    }
    assert!(planted > 0, "the attack did not take place");
}
