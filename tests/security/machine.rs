//! What a shared machine means.

use std::fs;
use std::os::unix::fs::chown;
use std::process::{Command, Output};

use fixtured_tests::without_runner;
use nix::unistd::geteuid;

use super::session::Session;
use super::{as_root, mode, shared, user};

#[test]
fn line_9_servers_listen_on_loopback_only() {
    let session = Session::start(&[], &["redis", "postgres"]).unwrap();
    let table = fs::read_to_string("/proc/net/tcp").unwrap()
        + &fs::read_to_string("/proc/net/tcp6").unwrap_or_default();
    for daemon in 0..2 {
        let port = format!(":{:04X}", session.port(daemon));
        let listening: Vec<_> = table
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .filter(|line| line[1].ends_with(&port) && line[3] == "0A")
            .map(|line| line[1].to_owned())
            .collect();
        assert_eq!(listening, [format!("0100007F{port}")]);
    }
}

#[test]
fn line_10_a_directory_that_somebody_has_planted_is_passed_by() {
    let dir = shared("planted");
    let name = format!("fixtured-{}", geteuid());
    let planted = dir.join(&name);
    fs::create_dir(&planted).unwrap();
    mode(&planted, 0o777);
    if as_root("the planted directory belongs to another user") {
        chown(&planted, Some(user("nobody").uid.as_raw()), None).unwrap();
    }
    for variable in ["FIXTURED_DIR", "TMPDIR"] {
        let session = Session::start(&[(variable, dir.to_str().unwrap())], &["redis"]).unwrap();
        let root = fs::canonicalize(&dir).unwrap();
        assert!(session.own().starts_with(root.join(format!("{name}-2"))));
        assert!(fs::read_dir(&planted).unwrap().next().is_none());
    }
}

/// Runs a client as somebody else, if this is root: whoever he is, it is not his name that counts.
fn client(words: &[&str]) -> Output {
    let mut command = match geteuid().is_root() {
        true => {
            let mut command = Command::new("setpriv");
            command.args(["--reuid", "nobody", "--regid", "nogroup", "--clear-groups"]);
            command.args(words);
            command
        }
        false => {
            let mut command = Command::new(words[0]);
            command.args(&words[1..]);
            command
        }
    };
    command.env("HOME", "/nonexistent").current_dir("/");
    for variable in ["PGPASSWORD", "PGPASSFILE", "PGSERVICEFILE", "MYSQL_PWD"] {
        command.env_remove(variable);
    }
    command.output().unwrap()
}

/// Logs in with a password.
type LogIn<'a> = &'a dyn Fn(&str) -> Output;

#[test]
fn line_9_nobody_logs_in_without_the_password() {
    let session = Session::start(&[], &["postgres", "mysql"]).unwrap();
    let passwords = [session.value(0, "password"), session.value(1, "password")];
    assert!(passwords[0] != passwords[1] && passwords.iter().all(|it| it.len() >= 16));
    let ports = [session.port(0).to_string(), session.port(1).to_string()];
    let postgres = |password: &str| {
        let url = format!(
            "postgres://postgres:{password}@127.0.0.1:{}/postgres",
            ports[0]
        );
        client(&["psql", "-w", "-Atc", "select 1", &url])
    };
    let mysql = |password: &str| {
        let password = format!("--password={password}");
        let to = [
            "mysql",
            "--no-defaults",
            "--protocol=tcp",
            "--host=127.0.0.1",
            "--user=root",
        ];
        let port = format!("--port={}", ports[1]);
        client(&[&to[..], &[&port, &password, "-Nse", "select 1"]].concat())
    };
    let clients: [(LogIn<'_>, &str, &str); 2] = [
        (&postgres, passwords[0], "password"),
        (&mysql, passwords[1], "Access denied"),
    ];
    for (log_in, password, wanted) in clients {
        let output = log_in(password);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n", "{output:?}");
        for wrong in ["", "wrong", "postgres", "root"] {
            let output = log_in(wrong);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(
                !output.status.success() && said.contains(wanted),
                "{wrong}: {output:?}"
            );
            assert!(output.stdout.is_empty());
        }
    }
    // Over the sockets, where no password is needed, only who may enter the directory comes at all.
    if as_root("another user does not get to the sockets of servers") {
        let dirs = [session.dir(0), session.dir(1)];
        let [postgres, mysql] = dirs.each_ref().map(|dir| dir.to_str().unwrap());
        let output = client(&[
            "psql", "-w", "-h", postgres, "-p", &ports[0], "-U", "postgres",
        ]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("Permission denied"), "{output:?}");
        let socket = format!("--socket={mysql}/socket");
        let output = client(&[
            "mysql",
            "--no-defaults",
            &socket,
            "-u",
            "root",
            "-e",
            "select 1",
        ]);
        assert!(!output.status.success(), "{output:?}");
        let entered = client(&["ls", mysql]);
        assert!(!entered.status.success(), "{entered:?}");
    }
}

/// Holds the names of all ports, until standard input ends: in many processes, each of which may have few files open.
const SQUATTER: &str = r#"
import os, socket, sys
ports, step = range(20000, 65000), 900
held, told = os.pipe()
for first in ports[::step]:
    if os.fork() == 0:
        names = [socket.socket(socket.AF_UNIX) for port in range(step)]
        for name, port in zip(names, range(first, first + step)):
            name.bind("\0fixtured-port-%d" % port)
        os.write(told, b"x")
        sys.stdin.read()
        os._exit(0)
for first in ports[::step]:
    os.read(held, 1)
print("held", os.geteuid(), flush=True)
sys.stdin.read()
"#;

#[test]
fn line_11_who_takes_the_names_of_all_ports_keeps_you_from_nothing() {
    if !as_root("another user holds the names of all ports") {
        return;
    }
    // The names are those of a network namespace: in one of its own, this is in nobody's way.
    let script = "ip link set lo up && exec 3<&0 && \
        setpriv --reuid nobody --regid nogroup --clear-groups /usr/bin/python3 -c \"$1\" <&3 | \
        { read said && [ \"$said\" = 'held 65534' ] && exec \"$0\" own redis redis memcached <&3; }";
    let mut command = Command::new("unshare");
    without_runner(&mut command);
    command.args([
        "--net",
        "sh",
        "-c",
        script,
        env!("CARGO_BIN_EXE_start"),
        SQUATTER,
    ]);
    let session = Session::of(command).unwrap();
    let mut ports = [session.port(0), session.port(1), session.port(2)];
    ports.sort_unstable();
    assert!(ports[0] < ports[1] && ports[1] < ports[2], "{ports:?}");
    assert!(
        ports.iter().all(|port| (20_000..65_000).contains(port)),
        "{ports:?}"
    );
}
