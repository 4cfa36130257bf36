//! `fixtured stop`.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Stdio};

use fixtured_tests::{alive, eventually};

use super::of;
use super::world::World;

/// A command that would go on for long, with a daemon.
fn sleeping(world: &World) -> Child {
    let before = world.status().as_array().unwrap().len();
    let child = world
        .fixtured("run memcached -- sleep 1000")
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    eventually("the daemon runs", || {
        let status = world.status();
        let sessions = status.as_array().unwrap();
        let ready = sessions.iter().all(|it| {
            it.pointer("/daemons/0/state")
                .is_some_and(|state| state == "running")
        });
        (sessions.len() == before + 1 && ready).then_some(())
    });
    child
}

#[test]
fn nothing_is_left_of_what_is_stopped() {
    let world = World::new("stop");
    let background = world.run("redis+memcached");
    let status = world.status();
    let pids = status[0]["daemons"].as_array().unwrap().iter();
    let pids: Vec<_> = pids
        .map(|it| u32::try_from(it["pid"].as_u64().unwrap()).unwrap())
        .collect();
    assert!(pids.iter().all(|pid| alive(*pid)));
    let said = world.said("stop");
    assert_eq!(
        (said.code, said.stdout.as_str()),
        (0, ""),
        "{}",
        said.stderr
    );
    assert!(!pids.iter().any(|pid| alive(*pid)) && !alive(background.pid));
    assert!(!world.sessions().exists());
    let again = world.said("stop");
    assert_eq!(
        (again.code, again.stderr.as_str()),
        (1, "error: no session is running\n")
    );
}

#[test]
fn a_command_ends_with_its_session() {
    let world = World::new("ends");
    let mut child = sleeping(&world);
    let said = world.said(&format!("stop {}", child.id()));
    assert_eq!(said.code, 0, "{}", said.stderr);
    assert_eq!(said.stderr, format!("session {} has ended\n", child.id()));
    let status = child.wait().unwrap();
    assert_eq!((status.code(), status.signal()), (Some(143), None));
    assert!(!world.sessions().exists());
}

#[test]
fn of_several_one_must_be_named() {
    let world = World::new("several");
    let mut first = sleeping(&world);
    let mut second = sleeping(&world);
    let (one, two) = (first.id(), second.id());
    let said = world.said("stop");
    assert_eq!(said.code, 1);
    assert_eq!(
        said.stderr,
        format!("error: specify a session; running sessions: `{one}`, `{two}`\n")
    );
    let unknown = world.said("stop x");
    assert_eq!(
        unknown.stderr,
        format!("error: no session `x`; running sessions: `{one}`, `{two}`\n")
    );
    // Whoever stops it twice wants nothing more; but no other one is meant by that.
    let gone = world.said("stop 1");
    let known = format!("running sessions: `{one}`, `{two}`\n");
    assert_eq!(gone.stderr, format!("session 1 is not running; {known}"));
    assert_eq!(gone.code, 0);
    let of_shell = of(world.fixtured("stop").env("FIXTURED_PID", "1"));
    let ended = "error: session 1 of this shell has ended; ";
    assert_eq!(of_shell.stderr, format!("{ended}{known}"));
    assert_eq!(of_shell.code, 1);
    // A shell knows its own.
    let own = of(world.fixtured("stop").env("FIXTURED_PID", one.to_string()));
    assert_eq!(own.code, 0, "{}", own.stderr);
    first.wait().unwrap();
    assert_eq!(world.said("stop --all").code, 0);
    second.wait().unwrap();
    assert!(!world.sessions().exists());
}
