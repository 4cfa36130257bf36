//! Sessions of one user and of two, side by side on one machine: none of them disturbs or reaches another one.

use std::fs::{self, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use fixtured_tests::{
    Holder, Holding, Process, Scratch, eventually, leased, process, processes, scratch_directory,
    supervisor_of, without_runner,
};
use nix::unistd::{User, geteuid};
use postgres::{Client, NoTls};

/// One session, its holder, and all that belongs to it.
struct Neighbour {
    name: &'static str,
    holder: Holder,
    holding: Holding,
    supervisor: Process,
    processes: Vec<Process>,
}

impl Neighbour {
    fn new(name: &'static str, hold: Command) -> Self {
        let mut holder = Holder::start(hold).unwrap();
        let holding = holder.ask().unwrap();
        let supervisor = supervisor_of(&holding.session()).unwrap();
        let all = processes();
        let of = |parent: u32| all.iter().filter(move |it| it.parent == parent);
        let keepers = of(supervisor.pid);
        let server = process(holding.server).unwrap();
        let processes: Vec<_> = keepers.chain([&supervisor, &server]).cloned().collect();
        // The supervisor, the keeper and the server.
        assert!(processes.len() >= 3, "{processes:?}");
        Self {
            name,
            holder,
            supervisor,
            processes,
            holding,
        }
    }

    fn port(&self) -> u16 {
        let (_, address) = self.holding.url.rsplit_once(':').unwrap();
        address.split('/').next().unwrap().parse().unwrap()
    }

    fn client(&self) -> Client {
        Client::connect(&self.holding.url, NoTls).unwrap()
    }

    /// Keeps its name, in a table that its neighbours have too.
    fn write(&self) {
        let name = self.name;
        let write = format!("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('{name}')");
        self.client().batch_execute(&write).unwrap();
    }

    /// It still works, and has what it wrote and nothing else.
    fn check(&mut self) {
        let rows = self.client().query("SELECT word FROM kept", &[]).unwrap();
        let words: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(words, [self.name]);
        let again = self.holder.ask().unwrap();
        assert_eq!(again.server, self.holding.server);
        assert!(self.processes.iter().all(Process::runs));
    }

    /// All directories of it, from the outside to the inside.
    fn directories(&self) -> Vec<PathBuf> {
        let session = self.holding.session();
        let dir = &self.holding.dir;
        let above = |path: &Path| path.parent().unwrap().to_owned();
        let of_user = above(&above(dir));
        vec![above(&session), session, of_user, above(dir), dir.clone()]
    }

    /// Ends it, and waits until nothing is left of it.
    fn end(self) {
        let port = self.port();
        let Self {
            holder,
            holding,
            processes,
            ..
        } = self;
        drop(holder);
        eventually("nothing is left", || {
            let runs = processes.iter().any(Process::runs);
            let (session, data) = (holding.session(), holding.dir.parent().unwrap());
            let there = session.exists() || data.exists() || leased(port) != (false, false);
            // The directory of a user goes with the last of his sessions.
            let empty = [session.parent(), data.parent()]
                .into_iter()
                .flatten()
                .any(|of_user| fs::read_dir(of_user).is_ok_and(|mut it| it.next().is_none()));
            (!runs && !there && !empty).then_some(())
        });
    }
}

/// Starts both at once.
fn both(first: (&'static str, Command), second: (&'static str, Command)) -> (Neighbour, Neighbour) {
    thread::scope(|scope| {
        let first = scope.spawn(|| Neighbour::new(first.0, first.1));
        let second = Neighbour::new(second.0, second.1);
        (first.join().unwrap(), second)
    })
}

/// They share nothing, and one goes on when the other has ended.
fn check_apart(mut first: Neighbour, mut second: Neighbour) {
    assert_ne!(first.supervisor.pid, second.supervisor.pid);
    assert_ne!(first.holding.server, second.holding.server);
    assert_ne!(first.port(), second.port());
    for neighbour in [&first, &second] {
        assert_eq!(leased(neighbour.port()), (true, true));
    }
    assert_ne!(first.holding.session(), second.holding.session());
    assert!(
        !first
            .holding
            .dir
            .starts_with(second.holding.dir.parent().unwrap())
    );
    first.write();
    second.write();
    first.check();
    second.check();
    first.end();
    second.check();
    second.end();
}

#[test]
fn two_sessions_of_one_user_do_not_meet() {
    let hold = || Command::new(env!("CARGO_BIN_EXE_hold"));
    let (first, second) = both(("first", hold()), ("second", hold()));
    let of_user = |neighbour: &Neighbour| neighbour.directories()[0].clone();
    assert_eq!(of_user(&first), of_user(&second));
    check_apart(first, second);
}

/// A user who may run the programs in the stage, and has a home there.
struct Stage<'a> {
    stage: &'a Scratch,
    user: User,
}

impl<'a> Stage<'a> {
    fn new(stage: &'a Scratch, name: &str) -> Self {
        let user = User::from_name(name).unwrap();
        let user = user.unwrap_or_else(|| panic!("this machine has no user `{name}`"));
        let home = stage.join(name);
        fs::create_dir(&home).unwrap();
        chown(&home, Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
        Self { stage, user }
    }

    /// A program, run as this user. There, the standard library drops the groups of root too.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.stage.join(program));
        command
            .uid(self.user.uid.as_raw())
            .gid(self.user.gid.as_raw());
        command.env("HOME", self.stage.join(&self.user.name));
        command.env_remove("XDG_CACHE_HOME").env_remove("TMPDIR");
        command.current_dir(self.stage);
        command
    }

    /// How the user's attempts went.
    fn visit(&self, attempts: &[(&str, &Path)]) -> Vec<String> {
        let mut command = self.command("visit");
        without_runner(&mut command);
        for (what, path) in attempts {
            command.arg(what).arg(path);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let went = String::from_utf8(output.stdout).unwrap();
        went.lines().map(ToOwned::to_owned).collect()
    }

    /// Every process of the session runs as this user.
    fn owns(&self, neighbour: &Neighbour) {
        let uid = self.user.uid.to_string();
        for process in &neighbour.processes {
            let status = fs::read_to_string(format!("/proc/{}/status", process.pid)).unwrap();
            let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
            let mut uids = uids.unwrap().split_whitespace();
            assert!(uids.all(|found| found == uid), "{process:?}: {status}");
        }
    }

    /// This user reaches nothing of the neighbour's, who reaches all of it.
    fn is_kept_out(&self, neighbour: &Neighbour, owner: &Self) {
        let Holding { dir, log, .. } = &neighbour.holding;
        let session = neighbour.holding.session();
        let socket = session.join("socket");
        let configuration = dir.join("data/postgresql.conf");
        let attempts: &[(&str, &Path)] = &[
            ("list", &session),
            ("list", dir),
            ("list", &dir.join("data")),
            ("read", &configuration),
            ("read", log),
            ("connect", &socket),
            ("speak", &socket),
        ];
        let denied = attempts
            .iter()
            .map(|(what, _)| format!("{what}: permission denied"));
        assert_eq!(self.visit(attempts), denied.collect::<Vec<_>>());
        let allowed = [
            "list: listed",
            "list: listed",
            "list: listed",
            "read: read",
            "read: read",
            "connect: connected",
            "speak: answered",
        ];
        assert_eq!(owner.visit(attempts), allowed);

        // The second line of defence: even in an open directory, the supervisor answers only its own user.
        let opened = [session.parent().unwrap(), &session, &socket];
        for path in opened {
            fs::set_permissions(path, Permissions::from_mode(0o777)).unwrap();
        }
        let attempts: &[(&str, &Path)] = &[("connect", &socket), ("speak", &socket)];
        let strangers = self.visit(attempts);
        let owners = owner.visit(attempts);
        for path in opened {
            fs::set_permissions(path, Permissions::from_mode(0o700)).unwrap();
        }
        assert_eq!(strangers, ["connect: connected", "speak: closed"]);
        assert_eq!(owners, ["connect: connected", "speak: answered"]);
    }
}

#[test]
fn two_users_do_not_meet() {
    if !geteuid().is_root() {
        check_alone();
        return;
    }
    // Whoever the users are, they must be able to run what is in there.
    let stage = scratch_directory("stage").unwrap();
    fs::set_permissions(&stage, Permissions::from_mode(0o755)).unwrap();
    for (name, built) in [
        ("hold", env!("CARGO_BIN_EXE_hold")),
        ("visit", env!("CARGO_BIN_EXE_visit")),
    ] {
        fs::copy(built, stage.join(name)).unwrap();
        fs::set_permissions(stage.join(name), Permissions::from_mode(0o755)).unwrap();
    }
    let (daemon, nobody) = (Stage::new(&stage, "daemon"), Stage::new(&stage, "nobody"));
    assert_ne!(daemon.user.uid, nobody.user.uid);
    let (of_daemon, of_nobody) = both(
        ("daemon", daemon.command("hold")),
        ("nobody", nobody.command("hold")),
    );
    daemon.owns(&of_daemon);
    nobody.owns(&of_nobody);
    nobody.is_kept_out(&of_daemon, &daemon);
    daemon.is_kept_out(&of_nobody, &nobody);
    check_apart(of_daemon, of_nobody);
}

/// What can be tested without becoming another user: that the directories are closed to all others.
fn check_alone() {
    // Past the test harness, which would keep the words of a test that passes to itself.
    let words = "NOT TESTED: that two users do not meet, since only root can become two users\n";
    io::stderr().write_all(words.as_bytes()).unwrap();
    let neighbour = Neighbour::new("alone", Command::new(env!("CARGO_BIN_EXE_hold")));
    for directory in neighbour.directories() {
        let mode = fs::metadata(&directory).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "{}", directory.display());
    }
    neighbour.end();
}
