//! Who is trusted.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use nix::unistd::geteuid;

use super::session::Session;
use super::{as_root, below, mode, shared, user};

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
    let names = ["postgres", "mysql", "memcached"];
    let session = Session::start(&[], &names).unwrap();
    for (daemon, wanted) in ["postgres", "mysql", "nobody"].iter().enumerate() {
        let status = fs::read_to_string(format!("/proc/{}/status", session.pid(daemon))).unwrap();
        let uid = user(wanted).uid;
        let all = format!("Uid:\t{uid}\t{uid}\t{uid}\t{uid}\n");
        assert!(status.contains(&all), "{}: {status}", names[daemon]);
        // Nothing of root's is left to it, by its groups either.
        let groups = status
            .lines()
            .find_map(|line| line.strip_prefix("Groups:"))
            .unwrap();
        assert!(
            groups.split_whitespace().all(|group| group != "0"),
            "{status}"
        );
        assert!(status.contains("CapEff:\t0000000000000000"), "{status}");
        assert_eq!(
            fs::metadata(session.dir(daemon)).unwrap().uid(),
            uid.as_raw()
        );
    }
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
