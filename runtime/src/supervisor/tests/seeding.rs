//! Servers that start from data which is made once.

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::super::acquired::Turn;
use super::*;
use crate::launch::{Seed, Site, Step};

/// A server that tests fill first. It notes its process ID.
fn seeded(session: &Session) -> Launch {
    let data = format!("{}/data", Site::symbolic().dir);
    let seed = Seed {
        function: Some("fill".into()),
        ..Seed::new(&data)
    };
    let launch = session.shell("echo $$ >>ROOT/up; exec sleep 1000", Ready::Started);
    launch.prepare(Step::Directory(data)).seed(seed)
}

fn ask(session: &Session, launch: &Launch) -> Result<Acquired, Cause> {
    let (registry, environment) = (&session.registry, session.environment.clone());
    let client = Client::new();
    let gone = client.gone.as_fd();
    registry.acquire(launch, Scope::Session.into(), "a test", environment, gone)
}

/// Ends what it is a client's turn to do, with a file in the data.
fn fill(
    session: &Session,
    acquired: Acquired,
    result: Result<(), String>,
) -> Result<(Grant, Facts), Cause> {
    let Acquired::Prepare(Turn::Server(filling), facts) = acquired else {
        panic!("another client has its turn");
    };
    fs::write(file(&facts), "made").unwrap();
    let client = Client::new();
    let filled = session
        .registry
        .filled(*filling, result, client.gone.as_fd());
    filled.map(grant)
}

fn file(facts: &Facts) -> PathBuf {
    facts.dir.join("data/file")
}

fn content(facts: &Facts) -> String {
    fs::read_to_string(file(facts)).unwrap()
}

fn eventually(what: &str, holds: impl Fn() -> bool) {
    let until = Instant::now() + LONG;
    while !holds() {
        assert!(Instant::now() < until, "{what}");
        thread::yield_now();
    }
}

#[test]
fn what_a_client_has_made_is_copied_for_all() {
    let session = Session::new();
    let launch = seeded(&session);
    let first = ask(&session, &launch).unwrap();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| grant(ask(&session, &launch).unwrap()));
        let (one, facts) = fill(&session, first, Ok(())).unwrap();
        let (other, others) = waiting.join().unwrap();
        assert_eq!(
            (content(&facts), content(&others)),
            ("made".into(), "made".into())
        );
        fs::write(file(&facts), "changed").unwrap();
        assert_eq!(content(&others), "made");
        let (third, thirds) = grant(ask(&session, &launch).unwrap());
        assert_eq!(content(&thirds), "made");
        for grant in [one, other, third] {
            release(grant);
        }
        assert!(!runs(facts.pid) && !runs(others.pid) && !runs(thirds.pid));
    });
}

#[test]
fn a_client_that_is_gone_leaves_it_to_the_next() {
    let session = Session::new();
    let launch = seeded(&session);
    let first = ask(&session, &launch).unwrap();
    let Acquired::Prepare(_, facts) = &first else {
        panic!("somebody else has its turn");
    };
    let pid = facts.pid;
    drop(first);
    assert!(!runs(pid));
    let next = ask(&session, &launch).unwrap();
    fill(&session, next, Ok(())).unwrap();
}

#[test]
fn what_failed_is_remembered() {
    let session = Session::new();
    let launch = seeded(&session);
    let first = ask(&session, &launch).unwrap();
    let failed = fill(&session, first, Err("no".into()))
        .map(drop)
        .unwrap_err();
    let wanted = "the function fill, which prepares the data of `shell`, failed: no\n";
    assert!(failed.to_string().starts_with(wanted), "{failed}");
    assert_eq!(ask(&session, &launch).map(drop).unwrap_err(), failed);
}

#[test]
fn a_server_that_has_died_is_given_to_nobody() {
    let session = Session::new();
    let launch = seeded(&session);
    let first = ask(&session, &launch).unwrap();
    let (_held, facts) = fill(&session, first, Ok(())).unwrap();
    // Neither the first one, which is gone, nor the client's.
    let ahead = || {
        let text = fs::read_to_string(session.root.join("up")).ok()?;
        let mut pids = text.lines().filter_map(|line| line.parse().ok());
        pids.find(|pid| *pid != facts.pid && runs(*pid))
    };
    eventually("one is started ahead", || ahead().is_some());
    let ahead = ahead().unwrap();
    kill(Pid::from_raw(ahead.cast_signed()), Signal::SIGKILL).unwrap();
    eventually("it is gone", || !runs(ahead));
    let (next, nexts) = grant(ask(&session, &launch).unwrap());
    assert!(nexts.pid != ahead && runs(nexts.pid));
    assert_eq!(content(&nexts), "made");
    release(next);
}
