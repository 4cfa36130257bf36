//! `fixtured status`.

use std::fs::{self, DirBuilder};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::net::UnixListener;
use std::process::{Command, Stdio};

use fixtured::daemons::Memcached;
use fixtured::{Instance, fixture};
use fixtured_tests::{alive, eventually};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::world::World;
use super::{fixtured, of};

#[test]
fn a_session_is_shown_with_its_daemons() {
    let world = World::new("status");
    let none = world.said("status");
    assert_eq!(
        (none.stdout.as_str(), none.stderr.as_str()),
        ("", "no session is running\n")
    );
    assert_eq!(world.status(), serde_json::json!([]));

    let background = world.run("redis+postgres");
    let all = world.status();
    let session = &all[0];
    assert_eq!(all.as_array().unwrap().len(), 1);
    assert_eq!(session["session"], background.pid.to_string());
    let command = session["runner"]["command"].as_str().unwrap();
    assert!(
        command.ends_with("fixtured run redis+postgres"),
        "{command}"
    );
    for (at, name) in ["redis", "postgres"].into_iter().enumerate() {
        // Which of them was ready first is chance.
        let daemons = session["daemons"].as_array().unwrap();
        let daemon = daemons
            .iter()
            .find(|daemon| daemon["name"] == name)
            .unwrap();
        let port = background.variable(&format!("FIXTURED_{}_PORT", name.to_uppercase()));
        assert_eq!(daemon["port"].to_string(), port, "{at}");
        assert_eq!(daemon["state"], "running");
        assert_eq!(daemon["clients"].as_array().unwrap().len(), 1);
        assert!(daemon["memory"].as_u64().unwrap() > 1 << 20, "{daemon}");
        assert!(alive(
            u32::try_from(daemon["pid"].as_u64().unwrap()).unwrap()
        ));
    }
    let text = world.said("status").stdout;
    assert!(
        text.starts_with(&format!("session {}  ", background.pid)),
        "{text}"
    );
    assert_eq!(text.lines().count(), 4, "{text}");
    assert!(text.contains("redis     running"), "{text}");
}

#[test]
fn a_daemon_that_was_killed_is_shown_as_that() {
    let world = World::new("killed");
    let _background = world.run("memcached");
    let pid = world.status()[0]["daemons"][0]["pid"].as_i64().unwrap();
    kill(Pid::from_raw(i32::try_from(pid).unwrap()), Signal::SIGKILL).unwrap();
    let (state, _) = eventually("the end is noticed", || {
        let state = world.status()[0]["daemons"][0]["state"].clone();
        state
            .as_str()
            .filter(|state| *state != "running")
            .map(ToOwned::to_owned)
    });
    assert_eq!(state, "ended: killed by SIGKILL");
}

#[fixture(memcached)]
#[test]
fn a_test_is_a_client_by_its_name(memcached: &Instance<Memcached>) {
    // Where this test's own session is.
    let mut command = fixtured(["status", "--json"]);
    if let Some(directory) = std::env::var_os("FIXTURED_DIR") {
        command.env("FIXTURED_DIR", directory);
    }
    let all = of(&mut command).json();
    let sessions = all.as_array().unwrap().iter();
    let mut daemons =
        sessions.flat_map(|session| session["daemons"].as_array().into_iter().flatten());
    let ours = daemons
        .find(|daemon| daemon["pid"] == memcached.pid())
        .unwrap();
    let client = ours["clients"][0].as_str().unwrap();
    assert!(
        client.ends_with("a_test_is_a_client_by_its_name"),
        "{client}"
    );
}

#[test]
fn sessions_of_other_versions_and_silent_ones_are_shown_as_such() {
    let world = World::new("other");
    let supervisor = |name: &str| {
        let directory = world.sessions().join(name);
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .unwrap();
        UnixListener::bind(directory.join("socket")).unwrap()
    };
    let other = supervisor("12-345-9.9.9");
    let silent = supervisor(concat!("67-890-", env!("CARGO_PKG_VERSION")));
    let text = world.said("status").stdout;
    let pid = std::process::id();
    for line in [
        format!("session 12-345  its supervisor (pid {pid}) has version 9.9.9\n"),
        format!("session 67-890  its supervisor (pid {pid}) does not answer\n"),
    ] {
        assert!(text.contains(&line), "{text}");
    }
    // Else the end of the test would end this process.
    drop((other, silent));
    fs::remove_dir_all(world.sessions()).unwrap();
}

#[test]
fn watching_goes_on() {
    let world = World::new("watch");
    let mut watching = world
        .fixtured("status --watch --json")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watching.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "[]");
    let background = world.run("memcached");
    let wanted = format!("\"session\":\"{}\"", background.pid);
    assert!(lines.any(|line| line.unwrap().contains(&wanted)));
    watching.kill().unwrap();
    watching.wait().unwrap();
}

#[test]
fn a_terminal_gets_colours_and_its_width() {
    let world = World::new("tty");
    let _background = world.run("memcached");
    let on_terminal = |columns: u32, variable: &str| {
        let program = env!("CARGO_BIN_EXE_fixtured");
        let inside = format!("stty rows 24 cols {columns}; {variable} '{program}' status");
        let mut script = Command::new("script");
        fixtured_tests::without_runner(&mut script);
        let output = script
            .args(["--quiet", "--return", "--command", &inside, "/dev/null"])
            .env("FIXTURED_DIR", world.path())
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let coloured = on_terminal(120, "");
    assert!(coloured.contains("\x1b[32mrunning\x1b[0m"), "{coloured}");
    let plain = on_terminal(40, "NO_COLOR=1");
    assert!(!plain.contains('\x1b'), "{plain}");
    let head = plain.lines().next().unwrap();
    assert!(head.chars().count() <= 40 && head.contains('…'), "{plain}");
}
