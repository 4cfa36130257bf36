//! `fixtured logs`.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};

use super::world::World;

#[test]
fn a_log_is_shown_by_any_name_of_its_daemon() {
    let world = World::new("logs");
    let _background = world.run("postgresql");
    for name in ["postgres", "postgresql"] {
        let said = world.said(&format!("logs {name}"));
        assert_eq!((said.code, said.stderr.as_str()), (0, ""));
        assert!(
            said.stdout
                .contains("database system is ready to accept connections")
        );
    }
    let unknown = world.said("logs redis");
    assert_eq!(unknown.code, 1);
    assert_eq!(
        unknown.stderr,
        "error: no daemon named `redis` is running; see `fixtured status`\n"
    );
}

#[test]
fn the_newest_of_several_is_meant_unless_a_session_is_named() {
    let world = World::new("newest");
    let older = world.run("redis");
    let newer = world.run("redis");
    let pid = |at: usize| world.status()[at]["daemons"][0]["pid"].to_string();
    let said = world.said("logs redis");
    assert!(
        said.stdout.starts_with(&format!("{}:", pid(1))),
        "{}",
        said.stdout
    );
    assert_eq!(
        said.stderr,
        format!(
            "several daemons are named `redis`; showing the newest, pid {} in session {}\n",
            pid(1),
            newer.pid
        )
    );
    let said = world.said(&format!("logs redis --session {}", older.pid));
    assert!(
        said.stdout.starts_with(&format!("{}:", pid(0))),
        "{}",
        said.stdout
    );
    assert_eq!(said.stderr, "");
}

#[test]
fn a_log_is_followed_until_its_daemon_ends() {
    let world = World::new("follow");
    let background = world.run("postgres");
    let mut following = world
        .fixtured("logs --follow postgres")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap());
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    assert!(line.contains("LOG:"), "{line}");
    // What a client has the server log arrives while it runs.
    let psql = Command::new("psql")
        .args([
            background.variable("FIXTURED_URL"),
            "--command",
            "SELECT followed",
        ])
        .output()
        .unwrap();
    assert!(!psql.status.success());
    while !line.contains("\"followed\" does not exist") {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0);
    }
    assert_eq!(world.said("stop").code, 0);
    let mut rest = String::new();
    lines.read_to_string(&mut rest).unwrap();
    assert!(following.wait().unwrap().success());
}

#[test]
fn all_processes_of_a_daemon_are_shown_by_name() {
    let world = World::new("nodes");
    let _background = world.run("redis --sentinel");
    let said = world.said("logs redis");
    let printed = |line: &str, text| {
        said.stdout
            .lines()
            .any(|it| it.starts_with(line) && it.contains(text))
    };
    assert!(
        printed("sentinel | ", "+monitor master mymaster"),
        "{}",
        said.stdout
    );
    assert!(
        printed("", "Ready to accept connections"),
        "{}",
        said.stdout
    );
    let status = world.status();
    let daemon = &status[0]["daemons"][0];
    let names = ["", "sentinel"];
    for (log, name) in daemon["logs"].as_array().unwrap().iter().zip(names) {
        assert_eq!(log["process"], name);
        assert!(std::path::Path::new(log["path"].as_str().unwrap()).exists());
    }
    assert_eq!(daemon["log"], daemon["logs"][0]["path"]);
    let mut following = world
        .fixtured("logs --follow redis")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap());
    let (mut line, mut seen) = (String::new(), 0);
    while seen < 2 {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0);
        seen += usize::from(
            line.contains("+monitor master mymaster") && line.starts_with("sentinel | "),
        );
        seen += usize::from(line.contains("Ready to accept") && !line.starts_with("sentinel"));
    }
    assert_eq!(world.said("stop").code, 0);
    lines.read_to_string(&mut line).unwrap();
    assert!(following.wait().unwrap().success());
}
