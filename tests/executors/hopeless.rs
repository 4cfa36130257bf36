//! A start ends early where nobody can connect any more, and nowhere else.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use fixtured::{HttpExecutor, TcpExecutor};
use fixtured_tests::{scratch_directory, without_runner};
use nix::unistd::geteuid;

/// Much longer than it takes to see that there is no way, and much shorter than the timeout, which is a minute.
const SOON: Duration = Duration::from_secs(25);

/// Longer than what looks hopeless is waited for.
const LATE: u32 = 4;

/// A server that listens on these addresses, each after so many seconds. A port of 0 stands for any other.
fn listening(addresses: &[(&str, u32, &str)]) -> Vec<String> {
    let listen = |(host, after, port): &(&str, u32, &str)| {
        format!("threading.Timer({after}, listen, ['{host}', {port}]).start()\n")
    };
    let script = format!(
        "import socket, sys, threading, time\n\
         leased, all = int(sys.argv[1]), []\n\
         def listen(host, port):\n    \
             family = socket.AF_INET6 if ':' in host else socket.AF_INET\n    \
             all.append(socket.create_server((host, port), family=family, dualstack_ipv6=host == '::'))\n\
         {}time.sleep(1000)\n",
        addresses.iter().map(listen).collect::<String>()
    );
    ["python3", "-c", &script, "{port}"].map(Into::into).into()
}

/// What a start that waits for a connection to this host says.
fn start(host: &str, command: Vec<String>) -> Result<(), String> {
    let mut executor = TcpExecutor::new(command, host, "{port}");
    executor
        .start()
        .map(drop)
        .map_err(|error| error.to_string())
}

/// Checks that a start fails early, with these words.
fn fails(host: &str, command: Vec<String>, words: &[&str]) {
    let since = Instant::now();
    let text = start(host, command).unwrap_err();
    assert!(since.elapsed() < SOON, "{:?}: {text}", since.elapsed());
    for word in words {
        assert!(text.contains(word), "{word}: {text}");
    }
}

fn has_ipv6() -> bool {
    std::net::TcpListener::bind("[::1]:0").is_ok()
}

#[test]
fn a_name_without_an_address() {
    let sleeps = ["sleep", "1000"].map(Into::into).into();
    fails("no-such-host.invalid", sleeps, &["no-such-host.invalid:"]);
}

#[test]
fn a_server_that_listens_elsewhere() {
    // Not every machine has IPv6; there nobody listens elsewhere.
    if has_ipv6() {
        let elsewhere = listening(&[("::1", 0, "leased")]);
        fails("127.0.0.1", elsewhere, &["; it listens on [::1]:"]);
        let elsewhere = listening(&[("127.0.0.1", 0, "leased")]);
        fails("[::1]", elsewhere, &["; it listens on 127.0.0.1:"]);
    }
}

/// However late it is, who listens on nothing else, on another port, or for others has hope.
#[test]
fn a_server_that_listens_late_is_waited_for() {
    let rows = [
        vec![("127.0.0.1", LATE, "leased")],
        vec![("127.0.0.1", 0, "0"), ("127.0.0.1", LATE, "leased")],
        vec![("0.0.0.0", 0, "0"), ("0.0.0.0", LATE, "leased")],
        vec![("::1", 0, "0"), ("127.0.0.1", LATE, "leased")],
        vec![("::", 0, "0"), ("::", LATE, "leased")],
        // Soon enough, although elsewhere first.
        vec![("::1", 0, "leased"), ("127.0.0.1", 1, "leased")],
    ];
    std::thread::scope(|scope| {
        for row in rows {
            let ipv6 = row.iter().any(|(host, ..)| host.contains(':'));
            scope.spawn(move || {
                if !ipv6 || has_ipv6() {
                    let started = start("127.0.0.1", listening(&row));
                    started.unwrap_or_else(|error| panic!("{row:?}: {error}"));
                }
            });
        }
    });
}

#[test]
fn where_others_may_listen_the_process_does_not_matter() {
    if !has_ipv6() {
        return;
    }
    let port = fixtured_tests::free_port();
    let elsewhere = listening(&[("::1", 0, "leased")]);
    let elsewhere = elsewhere
        .iter()
        .map(|it| it.replace("{port}", &port.to_string()));
    let elsewhere: Vec<_> = elsewhere.collect();
    let other = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(LATE.into()));
        std::net::TcpListener::bind(("127.0.0.1", port)).unwrap()
    });
    let mut executor = TcpExecutor::new(elsewhere, "127.0.0.1", port).external_listener(true);
    executor.start().unwrap();
    drop(other.join().unwrap());
}

/// The subject of the tests below, which run it in a network of its own: waits for a server by TCP, and by HTTP.
#[test]
#[ignore = "it is run by the other tests, in a network of its own"]
fn subject() {
    let host = std::env::var("HOPELESS_HOST").unwrap();
    let server = || match host.contains(':') {
        true => listening(&[("::1", LATE, "leased")]),
        false => listening(&[("127.0.0.1", LATE, "leased")]),
    };
    let since = Instant::now();
    let tcp = start(&host, server());
    let url = format!("http://{host}:{{port}}/");
    // A server that never answers: that it can be connected to is seen by what is missing then.
    let mut http = HttpExecutor::new(server(), url).timeout("8s");
    let http = http.start().map(drop).map_err(|error| error.to_string());
    println!("took {:?}\nTCP {tcp:?}\nHTTP {http:?}", since.elapsed());
    assert!(since.elapsed() < 2 * SOON);
}

/// What the subject says in a network of its own that has been set up like this, or nothing where there can be none.
fn in_a_network(setup: &str, host: &str) -> Option<String> {
    let dir = scratch_directory("network").unwrap();
    let hosts = dir.join("hosts");
    fs::write(&hosts, "127.0.0.1 localhost\n::1 localhost\n").unwrap();
    let unshare = |script: &str| {
        let mut command = Command::new("unshare");
        without_runner(&mut command);
        let own = if geteuid().is_root() { "-nm" } else { "-rnm" };
        command.args([own, "sh", "-ec", script]);
        command.env("HOSTS", &hosts).env("HOPELESS_HOST", host);
        command.arg(std::env::current_exe().unwrap());
        command.args([
            "--include-ignored",
            "--nocapture",
            "--exact",
            "hopeless::subject",
        ]);
        command.output().unwrap()
    };
    // A container may not be allowed to have one.
    let allowed = unshare(&format!("{setup} true"));
    if !allowed.status.success() {
        println!("{}", String::from_utf8_lossy(&allowed.stderr));
        return None;
    }
    let output = unshare(&format!("{setup} exec \"$0\" \"$@\""));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{text}");
    Some(text)
}

#[test]
fn a_network_without_loopback() {
    for (host, why) in [
        (
            "127.0.0.1",
            "the loopback interface is down (`ip link set lo up`)",
        ),
        (
            "localhost",
            "the loopback interface is down (`ip link set lo up`)",
        ),
        (
            "[::1]",
            "the loopback interface is down (`ip link set lo up`), or has no IPv6",
        ),
    ] {
        let Some(text) = in_a_network("", host) else {
            return;
        };
        for what in ["TCP Err", "HTTP Err"] {
            let line = text.lines().find(|line| line.starts_with(what));
            let line = line.unwrap_or_else(|| panic!("{what}: {text}"));
            assert!(line.contains("cannot be reached"), "{line}");
            assert!(line.contains(why), "{line}");
        }
    }
}

/// Of two addresses of a name, one that nobody can reach says nothing about the other.
#[test]
fn a_name_with_an_address_that_is_off() {
    const NO_IPV6: &str = "mount --bind $HOSTS /etc/hosts; ip link set lo up; echo 1 >/proc/sys/net/ipv6/conf/lo/disable_ipv6;";
    let Some(text) = in_a_network(NO_IPV6, "localhost") else {
        return;
    };
    assert!(text.contains("TCP Ok"), "{text}");
    assert!(text.contains("HTTP Err"), "{text}");
    assert!(!text.contains("cannot be reached"), "{text}");
}
