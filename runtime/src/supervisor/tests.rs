//! What a registry gives its clients, with processes that do nothing.

use std::ffi::OsString;
use std::fs;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::acquired::Acquired;
use super::grant::Grant;
use super::registry::Registry;
use crate::deadline::Deadline;
use crate::directory::{Directories, SessionDir};
use crate::error::Cause;
use crate::hold::How;
use crate::instance::Facts;
use crate::launch::{Command, Isolation, Launch, Process, Ready, Scope};
use crate::lock::lock;
use crate::process::{Environment, Identity, Interest, Spawner, wait};

mod seeding;

/// Longer than anything takes that works, also on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// A session in a separate directory. What it has started ends with it.
struct Session {
    root: PathBuf,
    registry: Arc<Registry>,
    environment: Environment,
    ending: Option<PipeWriter>,
    /// The thread that spawns goes on until this is closed: its children end with it.
    spawning: Option<(PipeWriter, JoinHandle<()>)>,
}

/// A client, until this is dropped.
struct Client {
    gone: PipeReader,
    _there: PipeWriter,
}

impl Client {
    fn new() -> Self {
        let (gone, _there) = io::pipe().unwrap();
        Self { gone, _there }
    }
}

impl Session {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let (pid, nth) = (std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let root = std::env::temp_dir().join(format!("fixtured-registry-{pid}-{nth}"));
        fs::create_dir_all(&root).unwrap();
        let session = SessionDir::make(&root, "session").unwrap();
        let directories = Directories::new(session, Some(root.clone()));
        let (spawner, spawning) = Spawner::new().unwrap();
        let (over, until) = io::pipe().unwrap();
        let thread = thread::spawn(move || {
            loop {
                let interests = [
                    Interest::readable(spawning.wake()),
                    Interest::closed(over.as_fd()),
                ];
                let happened = wait(&interests, Deadline::NONE).unwrap();
                spawning.work();
                if happened.get(1) == Some(&true) {
                    break;
                }
            }
        });
        let (ended, ending) = io::pipe().unwrap();
        let runner = Identity::of(pid).unwrap();
        let path = (OsString::from("PATH"), std::env::var_os("PATH").unwrap());
        Self {
            registry: Arc::new(Registry::new(spawner, directories, ended, runner)),
            root,
            environment: [path].into(),
            ending: Some(ending),
            spawning: Some((until, thread)),
        }
    }

    fn acquire(&self, launch: &Launch, scope: Scope) -> Result<(Grant, Facts), Cause> {
        let client = Client::new();
        let fd = client.gone.as_fd();
        let registry = &self.registry;
        registry
            .acquire(launch, scope.into(), "a test", self.environment.clone(), fd)
            .map(grant)
    }

    fn hold(&self, launch: &Launch) -> (Grant, Facts) {
        let client = Client::new();
        let told = |_| ();
        let hold = self
            .registry
            .hold(launch, &self.environment, client.gone.as_fd(), &told);
        grant(hold.unwrap())
    }

    /// How many lines a process has written to this file.
    fn lines(&self, name: &str) -> usize {
        let text = fs::read_to_string(self.root.join(name)).unwrap_or_default();
        text.lines().count()
    }

    fn shell(&self, script: &str, ready: Ready) -> Launch {
        let script = script.replace("ROOT", &self.root.display().to_string());
        let mut launch = Launch::new("shell");
        let command = Command::new("sh", ["-c".to_owned(), script]);
        launch.processes.push(Process::new(command, ready));
        launch.timeout = LONG;
        launch
    }

    /// One that is ready, and has noted that it was started.
    fn sleeps(&self) -> Launch {
        self.shell("echo up >>ROOT/up; exec sleep 1000", Ready::Started)
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.ending.take());
        self.registry.stop_all();
        if let Some((until, thread)) = self.spawning.take() {
            drop(until);
            let _ = thread.join();
        }
        let _ = fs::remove_dir_all(&self.root);
    }
}

fn grant(acquired: Acquired) -> (Grant, Facts) {
    match acquired {
        Acquired::Grant(grant, facts) => (*grant, facts),
        Acquired::Prepare(..) => panic!("there is nothing to prepare"),
    }
}

fn runs(pid: u32) -> bool {
    Identity::of(pid).is_some()
}

fn release(grant: Grant) {
    let how = How {
        grace: Some(LONG),
        ..How::default()
    };
    grant.release(&how, None).unwrap();
}

#[test]
fn a_shared_start_that_fails_is_told_to_all_and_done_once() {
    let session = Session::new();
    let fails = session.shell("echo up >>ROOT/up; exit 3", Ready::Output("never".into()));
    let causes: Vec<_> = thread::scope(|scope| {
        let ask = || session.acquire(&fails, Scope::Session).map(drop);
        let asking: Vec<_> = (0..8).map(|_| scope.spawn(ask)).collect();
        let causes = asking.into_iter().map(|it| it.join().unwrap().unwrap_err());
        causes.collect()
    });
    let first = causes[0].to_string();
    assert!(first.starts_with("`shell` exited before it was ready: exit status 3"));
    assert!(causes.iter().all(|cause| cause.to_string() == first));
    assert_eq!(session.lines("up"), 1);
    // For a test that wants a dedicated one, it is tried once more; so it is for one that asks for another launch.
    assert!(session.acquire(&fails, Scope::Test).is_err());
    assert_eq!(session.lines("up"), 2);
    session.acquire(&session.sleeps(), Scope::Session).unwrap();
    assert!(session.registry.starts.list().is_empty());
}

#[test]
fn all_who_ask_share_one_that_outlives_them() {
    let session = Session::new();
    let sleeps = session.sleeps();
    let (first, facts) = session.acquire(&sleeps, Scope::Session).unwrap();
    let (second, same) = session.acquire(&sleeps, Scope::Session).unwrap();
    assert_eq!((facts.pid, facts.own), (same.pid, false));
    release(first);
    release(second);
    assert!(runs(facts.pid));
    let (_, again) = session.acquire(&sleeps, Scope::Session).unwrap();
    assert_eq!(again.pid, facts.pid);
    let (own, other) = session.acquire(&sleeps, Scope::Test).unwrap();
    assert!(other.own && other.pid != facts.pid);
    release(own);
    assert!(!runs(other.pid) && runs(facts.pid));
    drop(session);
    assert!(!runs(facts.pid));
}

#[test]
fn tests_use_what_is_held_as_long_as_it_is_held() {
    let session = Session::new();
    let sleeps = session.sleeps();
    assert!(!session.registry.session_daemons.is_used());
    let (holder, facts) = session.hold(&sleeps);
    assert!(facts.own && session.registry.session_daemons.is_used());
    let (test, used) = session.acquire(&sleeps, Scope::Session).unwrap();
    assert_eq!((used.pid, used.own), (facts.pid, false));
    // What they get inside it makes no difference, and a test that wants a dedicated one gets it.
    let server = Launch {
        isolation: Isolation::Server,
        ..sleeps.clone()
    };
    let (_, used) = session.acquire(&server, Scope::Session).unwrap();
    assert_eq!(used.pid, facts.pid);
    let (_, own) = session.acquire(&sleeps, Scope::Test).unwrap();
    assert_ne!(own.pid, facts.pid);
    // One at another port is another one.
    let mut elsewhere = sleeps.clone();
    elsewhere.fixed_ports.insert(String::new(), 1);
    assert!(session.registry.session_daemons.find(&elsewhere).is_none());
    assert!(session.registry.session_daemons.find(&sleeps).is_some());
    // From the end of the holder on, although a test has not given it back yet.
    release(holder);
    assert!(!runs(facts.pid));
    let (_, next) = session.acquire(&sleeps, Scope::Session).unwrap();
    assert_ne!(next.pid, facts.pid);
    drop(test);
    assert!(session.registry.session_daemons.find(&sleeps).is_none());
}

#[test]
fn what_is_held_is_told_by_its_url() {
    let session = Session::new();
    let mut sleeps = session.sleeps();
    sleeps.url = "x://127.0.0.1:4242/database".into();
    let session_daemons = &session.registry.session_daemons;
    assert!(!session_daemons.is_at(&sleeps.url));
    let (holder, _) = session.hold(&sleeps);
    assert!(
        session_daemons.is_at(&sleeps.url) && session_daemons.is_at("x://127.0.0.1:4242/other")
    );
    assert!(!session_daemons.is_at("x://127.0.0.1:4243/database"));
    release(holder);
    assert!(!session_daemons.is_at(&sleeps.url));
}

#[test]
fn ones_own_is_started_again_in_its_place_and_nobody_elses() {
    let session = Session::new();
    let sleeps = session.sleeps();
    let client = Client::new();
    let again = |grant: &Grant| {
        let registry = &session.registry;
        registry.again(grant, None, &session.environment, client.gone.as_fd())
    };
    let (own, facts) = session.acquire(&sleeps, Scope::Test).unwrap();
    own.running()
        .shut_down(None, &How::default(), None)
        .unwrap();
    let next = again(&own).unwrap();
    assert!(next.own && next.pid != facts.pid && runs(next.pid));
    assert_eq!((&next.log, &next.dir), (&facts.log, &facts.dir));
    let (shared, facts) = session.acquire(&sleeps, Scope::Session).unwrap();
    assert_eq!(
        again(&shared).unwrap_err().to_string(),
        "cannot start `shell`: tests share it; use `scope = \"test\"` for a dedicated server"
    );
    assert!(runs(facts.pid));
}

/// One that is killed is started again for the next client.
#[test]
fn a_shared_one_that_died_is_replaced() {
    let session = Session::new();
    let dies = session.shell("read line; exit 3", Ready::Started);
    let (_, first) = session.acquire(&dies, Scope::Session).unwrap();
    let began = Instant::now();
    while runs(first.pid) {
        assert!(began.elapsed() < LONG);
        thread::yield_now();
    }
    let (_, next) = session.acquire(&dies, Scope::Session).unwrap();
    assert_ne!(next.pid, first.pid);
}

/// Starts something that never becomes ready; what is said when this has been done meanwhile.
fn interrupted(scope: Scope, meanwhile: impl FnOnce(&mut Option<Client>, Option<PipeWriter>)) {
    let mut session = Session::new();
    let never = session.shell(
        "echo $$ >ROOT/pid; exec sleep 1000",
        Ready::Output("never".into()),
    );
    let ending = session.ending.take();
    let client = Client::new();
    let gone = client.gone.try_clone().unwrap();
    let mut client = Some(client);
    let pid = |root: &Path| fs::read_to_string(root.join("pid")).unwrap_or_default();
    let began = Instant::now();
    thread::scope(|threads| {
        let (session, never) = (&session, &never);
        let starting = threads.spawn(move || {
            let registry = &session.registry;
            let asked = registry.acquire(
                never,
                scope.into(),
                "t",
                session.environment.clone(),
                gone.as_fd(),
            );
            asked.map(drop)
        });
        while !pid(&session.root).ends_with('\n') {
            assert!(began.elapsed() < LONG);
            thread::yield_now();
        }
        let under_way = session.registry.starts.list();
        assert_eq!(under_way.len(), 1);
        assert_eq!(under_way[0].name, "shell");
        meanwhile(&mut client, ending);
        let cause = starting.join().unwrap().unwrap_err();
        assert!(matches!(cause, Cause::SessionEnded { .. }), "{cause}");
    });
    assert!(began.elapsed() < LONG);
    session.registry.starts.wait(Duration::ZERO);
    assert!(session.registry.starts.list().is_empty());
    assert!(!runs(pid(&session.root).trim().parse().unwrap()));
}

#[test]
fn nobody_goes_on_starting_what_nobody_wants() {
    interrupted(Scope::Test, |client, _ending| drop(client.take()));
    interrupted(Scope::Test, |_, ending| drop(ending));
    interrupted(Scope::Session, |_, ending| drop(ending));
}

#[test]
fn a_start_that_is_under_way_is_waited_for_until_it_ends() {
    let starts = super::starts::Starts::default();
    let (first, second) = (starts.begin("a"), starts.begin("b"));
    starts.wait(Duration::from_millis(1));
    let names = |starts: &super::starts::Starts| {
        let all = starts.list();
        all.iter().map(|it| it.name.clone()).collect::<Vec<_>>()
    };
    assert_eq!(names(&starts), ["a", "b"]);
    drop(first);
    assert_eq!(names(&starts), ["b"]);
    let began = Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| starts.wait(2 * LONG));
        drop(second);
    });
    assert!(began.elapsed() < LONG);
    assert!(names(&starts).is_empty());
}

/// What is kept outlives the end of all others.
#[test]
fn all_but_what_is_kept_is_stopped() {
    let session = Session::new();
    let sleeps = session.sleeps();
    assert!(!session.registry.stop_all_but_kept());
    let (kept, stays) = session.acquire(&sleeps, Scope::Test).unwrap();
    let (_own, goes) = session.acquire(&sleeps, Scope::Test).unwrap();
    session.registry.keep(kept);
    assert!(session.registry.stop_all_but_kept());
    assert!(runs(stays.pid) && !runs(goes.pid));
    assert_eq!(lock(&session.registry.kept).len(), 1);
}
