//! Sessions, the test processes in them, and what they leave behind.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use fixtured_tests::{Actor, alive, eventually, holders, marked, supervisor_of, without_runner};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

/// Everything that a run has to do with.
pub(crate) struct Stage {
    /// Where all its sessions keep everything; it also marks all its processes.
    kept: PathBuf,
    pub(crate) sessions: Vec<Session>,
    /// Sessions whose runner is gone. It is not collected, so that no other process is given its number, which test processes may
    /// still be about to look up.
    over: Vec<Session>,
    pub(crate) players: Vec<Player>,
    entered: usize,
    /// The daemons that test processes were given, and the runner of their session.
    given: BTreeSet<(u32, u32)>,
    ports: BTreeSet<u16>,
    counts: BTreeMap<String, usize>,
}

/// A test run: a process that is its runner.
pub(crate) struct Session {
    runner: Child,
}

/// A test process.
pub(crate) struct Player {
    pub(crate) actor: Actor,
    number: usize,
    /// The number of its session's runner.
    session: u32,
    /// Whether something that it depends on was killed; until then nothing may go wrong.
    struck: bool,
    heard: usize,
}

/// A test process in a session of its own, which must not notice anything.
pub(crate) struct Bystander {
    actor: Actor,
    /// The answers by which it was given its servers.
    given: Vec<String>,
}

const SERVERS: [&str; 3] = ["redis", "memcached", "postgres"];

impl Stage {
    /// With one session: the calm one.
    pub(crate) fn new(kept: &Path) -> Self {
        let mut stage = Self {
            kept: kept.into(),
            sessions: Vec::new(),
            over: Vec::new(),
            players: Vec::new(),
            entered: 0,
            given: BTreeSet::new(),
            ports: BTreeSet::new(),
            counts: BTreeMap::new(),
        };
        stage.begin_session();
        stage
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        without_runner(&mut command);
        command.env("FIXTURED_DIR", &self.kept);
        command
    }

    fn actor(&self, session: Option<u32>) -> Actor {
        let mut command = self.command(env!("CARGO_BIN_EXE_actor"));
        command.arg(env!("CARGO_BIN_EXE_misbehave")).arg(&self.kept);
        if let Some(runner) = session {
            command.env("FIXTURED_SESSION", runner.to_string());
        }
        Actor::start(command).unwrap()
    }

    pub(crate) fn begin_session(&mut self) {
        // It ends when this process does, however that ends.
        let mut runner = self.command("cat");
        runner.stdin(Stdio::piped()).stdout(Stdio::null());
        let runner = runner.spawn().unwrap();
        self.sessions.push(Session { runner });
    }

    /// A test process enters the session; returns where it is among the players.
    pub(crate) fn enter(&mut self, session: usize) -> usize {
        let session = self.sessions[session].runner.id();
        self.entered += 1;
        self.players.push(Player {
            actor: self.actor(Some(session)),
            number: self.entered,
            session,
            struck: false,
            heard: 0,
        });
        self.players.len() - 1
    }

    /// The test process goes, in this way.
    pub(crate) fn leaves(&mut self, player: usize, go: impl FnOnce(&mut Actor)) {
        go(&mut self.players[player].actor);
        self.listen();
        self.players.remove(player);
    }

    /// Takes in the answers of all test processes.
    ///
    /// # Panics
    ///
    /// If something went wrong that had no reason to.
    pub(crate) fn listen(&mut self) {
        for player in &mut self.players {
            let answers = player.actor.answers();
            for answer in &answers[player.heard..] {
                let words: Vec<_> = answer.split(' ').collect();
                let counted = match words[..] {
                    ["up", name, pid, port] => {
                        self.given.insert((pid.parse().unwrap(), player.session));
                        self.ports
                            .extend(port.parse().ok().filter(|port: &u16| *port > 0));
                        format!("up {name}")
                    }
                    ["done"] => "done".into(),
                    _ => {
                        assert!(player.struck, "{player} was not struck: {answer}");
                        assert!(!answer.contains("a bug in fixtured"), "{answer}");
                        "errors of those that were struck".into()
                    }
                };
                *self.counts.entry(counted).or_default() += 1;
            }
            player.heard = answers.len();
        }
    }

    fn strike(&mut self, session: u32) {
        for player in &mut self.players {
            player.struck |= player.session == session;
        }
    }

    /// The daemons that were given in sessions other than the calm one, and still run.
    pub(crate) fn servers(&self) -> Vec<(u32, u32)> {
        let wild = |runner: u32| {
            self.sessions
                .iter()
                .skip(1)
                .any(|it| it.runner.id() == runner)
        };
        let given = self.given.iter().copied();
        given
            .filter(|(pid, session)| wild(*session) && self.is_of(*pid, *session))
            .collect()
    }

    /// Whether the process was started by the session: its number may have been given away.
    fn is_of(&self, pid: u32, session: u32) -> bool {
        let started_by = format!("FIXTURED_STARTED_BY={}", self.session_path(session));
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        alive(pid) && String::from_utf8_lossy(&environment).contains(&started_by)
    }

    /// How the path of a session's directory begins.
    fn session_path(&self, runner: u32) -> String {
        let kept = self.kept.display();
        format!("{kept}/fixtured-{}/{runner}-", geteuid())
    }

    pub(crate) fn crash(&mut self, pid: u32, session: u32) {
        self.strike(session);
        signal(pid);
        eventually("it is gone", || (!self.is_of(pid, session)).then_some(()));
    }

    /// Ends a runner with SIGKILL, or as one that has run all its tests. Returns its number.
    pub(crate) fn end_runner(&mut self, session: usize, kill: bool) -> u32 {
        let mut session = self.sessions.remove(session);
        let runner = session.runner.id();
        self.strike(runner);
        drop(session.runner.stdin.take());
        if kill {
            signal(runner);
        }
        self.over.push(session);
        runner
    }

    /// Kills the session's supervisor, if it has one, and returns its number.
    pub(crate) fn kill_supervisor(&mut self, session: usize) -> Option<u32> {
        let runner = self.sessions[session].runner.id();
        let beginning = self.session_path(runner);
        let sessions = fs::read_dir(Path::new(&beginning).parent()?).ok()?;
        let mut paths = sessions.flatten().map(|entry| entry.path());
        let path = paths.find(|path| path.to_string_lossy().starts_with(&beginning))?;
        let supervisor = supervisor_of(&path)?.pid;
        self.strike(runner);
        signal(supervisor);
        // Its first thread may be gone while others still hold its socket, to which an actor would connect in vain.
        let threads =
            || fs::read_dir(format!("/proc/{supervisor}/task")).map_or(0, Iterator::count);
        let gone = || (!alive(supervisor) && threads() <= 1).then_some(());
        eventually("it is gone", gone);
        Some(supervisor)
    }

    pub(crate) fn everybody_leaves(&mut self) {
        while !self.players.is_empty() {
            self.leaves(0, Actor::leave);
        }
    }

    /// Whatever happened in it, who comes now is given everything.
    pub(crate) fn every_session_still_works(&mut self) {
        for session in 0..self.sessions.len() {
            let player = self.enter(session);
            let orders = SERVERS
                .into_iter()
                .chain(["run detach", "write 1", "read 1"]);
            orders.for_each(|order| self.players[player].actor.tell(order));
            self.leaves(player, Actor::leave);
        }
    }

    pub(crate) fn end_sessions(&mut self) {
        self.over.append(&mut self.sessions);
        self.over.clear();
    }

    /// A session that was there before.
    pub(crate) fn bystander(&self) -> Bystander {
        let mut actor = self.actor(None);
        let orders = SERVERS.into_iter().chain(["write 4711"]);
        orders.for_each(|order| actor.tell(order));
        actor.settle();
        let given = actor.answers();
        let up = given.iter().filter(|answer| answer.starts_with("up "));
        assert_eq!((up.count(), given.len()), (SERVERS.len(), 4), "{given:?}");
        Bystander { actor, given }
    }

    /// Supervisors that were killed have left their directories to the next session, which removes them, but not the bystander's.
    pub(crate) fn next_session_sweeps(&self, bystander: &Bystander) {
        let mut next = self.actor(None);
        next.tell("redis");
        next.settle();
        let kept = [bystander.actor.pid(), next.pid()].map(|pid| format!("{pid}-"));
        eventually("the directories of dead sessions are swept away", || {
            let left = self.directories().into_iter().any(|path| {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                !kept.iter().any(|kept| name.starts_with(kept))
            });
            (!left).then_some(())
        });
        next.leave();
        assert!(next.answers()[0].starts_with("up redis "));
    }

    /// The directories of sessions.
    fn directories(&self) -> Vec<PathBuf> {
        let below = |path: &Path| {
            let entries = fs::read_dir(path).into_iter().flatten().flatten();
            entries.map(|entry| entry.path()).collect::<Vec<_>>()
        };
        below(&self.kept)
            .iter()
            .flat_map(|path| below(path))
            .collect()
    }

    /// The bystander has its servers and its data, and goes.
    pub(crate) fn untouched(&self, mut bystander: Bystander) {
        bystander.actor.tell("read 4711");
        bystander.actor.tell("postgres");
        bystander.actor.leave();
        let answers = bystander.actor.answers();
        let mut wanted = bystander.given.clone();
        // It is the same shared server as before.
        wanted.extend(["done".into(), bystander.given[2].clone()]);
        assert_eq!(answers, wanted);
    }

    /// What is left: processes, directories, ports.
    pub(crate) fn left(&self) -> Vec<String> {
        let processes = marked(&self.kept.to_string_lossy()).into_iter();
        let mut left: Vec<_> = processes.map(|it| format!("{it:?}")).collect();
        let entries = fs::read_dir(&self.kept).into_iter().flatten().flatten();
        left.extend(entries.map(|entry| entry.path().display().to_string()));
        for (port, holders) in holders(&self.ports) {
            // Another session may have leased it by now.
            if !holders.iter().any(|pid| is_of_a_session(*pid)) {
                left.push(format!("port {port}, held by {holders:?}"));
            }
        }
        left
    }

    pub(crate) fn summary(&self) -> String {
        let (daemons, ports) = (self.given.len(), self.ports.len());
        let counts = &self.counts;
        format!(
            "{} test processes, {daemons} daemons, {ports} ports; answers: {counts:?}",
            self.entered
        )
    }
}

/// Kills it with SIGKILL.
fn signal(pid: u32) {
    let _ = kill(Pid::from_raw(pid as i32), Signal::SIGKILL);
}

/// Whether some session has started it, or it is a supervisor.
fn is_of_a_session(pid: u32) -> bool {
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    let environment = String::from_utf8_lossy(&environment);
    let marks = ["FIXTURED_STARTED_BY=", "FIXTURED_SUPERVISOR="];
    marks.iter().any(|mark| environment.contains(mark))
}

impl Drop for Session {
    fn drop(&mut self) {
        let _ = self.runner.kill();
        let _ = self.runner.wait();
    }
}

impl fmt::Display for Player {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            number,
            session,
            actor,
            ..
        } = self;
        write!(
            f,
            "actor {number} (pid {}) of session {session}",
            actor.pid()
        )
    }
}
