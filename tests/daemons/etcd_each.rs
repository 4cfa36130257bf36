//! What tests get of each version of etcd, seen by its own client program.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use fixtured::daemons::Etcd;
use fixtured::{Acquire, Instance, State, fixture};
use fixtured_tests::eventually;

use super::server;

/// What `etcdctl` prints, if it succeeds.
fn try_etcdctl(endpoints: &str, args: &[&str]) -> Result<String, String> {
    let output = Command::new("etcdctl")
        .env("ETCDCTL_API", "3")
        .env("ETCDCTL_ENDPOINTS", endpoints)
        .args(args)
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout).unwrap().trim_end().into()),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}

fn etcdctl(endpoints: &str, args: &[&str]) -> String {
    try_etcdctl(endpoints, args).unwrap_or_else(|error| panic!("etcdctl {args:?}: {error}"))
}

/// The URL of one node.
fn endpoint(cluster: &Instance<Etcd>, number: usize) -> &str {
    cluster.endpoints().split(',').nth(number - 1).unwrap()
}

#[fixture(super::server as etcd)]
#[test]
fn a_client_reads_back_what_it_wrote(etcd: &Instance<Etcd>, url: &str) {
    let port = etcd.port();
    assert_eq!(url, format!("etcd://localhost:{port}"));
    assert_eq!(etcd.http_url(), format!("http://127.0.0.1:{port}"));
    assert_eq!(etcd.endpoints(), etcd.http_url());
    let mut client = Command::new("etcdctl");
    let put = client.envs(etcd.variables()).args(["put", "key", "value"]);
    assert!(put.status().unwrap().success());
    let get = ["get", "key", "--print-value-only"];
    assert_eq!(etcdctl(etcd.endpoints(), &get), "value");
    let members = etcdctl(etcd.endpoints(), &["member", "list"]);
    assert!(members.contains(&etcd.peer_port().to_string()), "{members}");
}

#[fixture(super::server as etcd)]
#[fixture(super::server as other)]
#[test]
fn two_are_two(etcd: &Instance<Etcd>, other: &Instance<Etcd>) {
    etcdctl(etcd.endpoints(), &["put", "key", "value"]);
    assert_eq!(etcdctl(other.endpoints(), &["get", "key"]), "");
}

#[fixture(super::server as etcd)]
#[test]
fn a_watch_sees_a_change_at_once(etcd: &Instance<Etcd>) {
    let mut watch = Command::new("etcdctl");
    let watch = watch.envs(etcd.variables()).args(["watch", "key"]);
    let mut watch = watch.stdout(Stdio::piped()).spawn().unwrap();
    // The watch tells nobody when it stands, so the key is written until it has been seen.
    let seen = BufReader::new(watch.stdout.take().unwrap()).lines();
    let seen = std::thread::spawn(move || seen.take(3).collect::<Result<Vec<_>, _>>().unwrap());
    eventually("the watch sees the key", || {
        etcdctl(etcd.endpoints(), &["put", "key", "value"]);
        seen.is_finished().then_some(())
    });
    assert_eq!(seen.join().unwrap(), ["PUT", "key", "value"]);
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn ports_can_be_fixed() {
    let leased = server().start().unwrap();
    let (port, peer_port) = (leased.port(), leased.peer_port());
    drop(leased);
    let etcd = server().port(port).peer_port(peer_port).start().unwrap();
    let members = etcdctl(&format!("http://127.0.0.1:{port}"), &["member", "list"]);
    assert!(
        members.contains(&format!(":{peer_port}, http://127.0.0.1:{port}")),
        "{members}"
    );
    assert_eq!((etcd.port(), etcd.peer_port()), (port, peer_port));
}

#[test]
fn a_peer_port_that_is_taken_is_an_error() {
    let first = server().start().unwrap();
    let error = server().peer_port(first.peer_port()).start().unwrap_err();
    assert!(
        error.to_string().contains(&first.peer_port().to_string()),
        "{error}"
    );
}

#[fixture(super::server as etcd, cluster = true, scope = "test")]
#[test]
fn a_cluster_goes_on_without_a_node_which_catches_up(etcd: &Instance<Etcd>) {
    let all = etcd.endpoints();
    assert_eq!(all.split(',').count(), 3);
    assert_eq!(
        etcdctl(all, &["member", "list"]).matches("started").count(),
        3
    );
    etcdctl(endpoint(etcd, 1), &["put", "before", "1"]);
    assert_eq!(
        etcdctl(endpoint(etcd, 3), &["get", "before", "--print-value-only"]),
        "1"
    );

    etcd.node(2).stop().unwrap();
    assert!(!etcd.node(2).runs().unwrap());
    let others = [endpoint(etcd, 1), endpoint(etcd, 3)].join(",");
    // If it was the leader, the others choose another one first.
    let put = ["put", "meanwhile", "2", "--command-timeout=1s"];
    eventually("two of three go on", || try_etcdctl(&others, &put).ok());
    assert!(
        try_etcdctl(
            endpoint(etcd, 2),
            &["get", "before", "--command-timeout=1s"]
        )
        .is_err()
    );

    etcd.node(2).start().unwrap();
    assert!(etcd.node(2).runs().unwrap());
    // Its own data, not what others would answer for it.
    let get = |key| ["get", key, "--print-value-only", "--consistency=s"];
    assert_eq!(etcdctl(endpoint(etcd, 2), &get("before")), "1");
    eventually("the third catches up", || {
        (etcdctl(endpoint(etcd, 2), &get("meanwhile")) == "2").then_some(())
    });

    etcd.node(1).kill().unwrap();
    etcd.node(2).kill().unwrap();
    let put = ["put", "alone", "3", "--command-timeout=500ms"];
    assert!(
        try_etcdctl(endpoint(etcd, 3), &put).is_err(),
        "one of three is no majority"
    );
}

#[fixture(super::server as etcd, cluster = true, scope = "test")]
#[test]
fn each_node_has_its_own_log(etcd: &Instance<Etcd>) {
    let logs = [1, 2, 3].map(|number| etcd.node(number).log().unwrap().to_owned());
    for log in &logs {
        let text = std::fs::read_to_string(log).unwrap();
        // Each node says it once.
        let said = text.matches("simple token is not cryptographically signed");
        assert_eq!(said.count(), 1, "{text}");
    }
    assert_eq!(std::collections::BTreeSet::from(logs).len(), 3);
}

/// A number that a node reports about itself.
fn status(endpoint: &str, field: &str) -> Option<String> {
    let args = [
        "endpoint",
        "status",
        "--write-out=fields",
        "--command-timeout=1s",
    ];
    let status = try_etcdctl(endpoint, &args).ok()?;
    let field = format!("\"{field}\" : ");
    let value = status.lines().find_map(|line| line.strip_prefix(&*field))?;
    Some(value.to_owned()).filter(|value| value != "0")
}

#[fixture(super::server as etcd, cluster = true, scope = "test")]
#[test]
fn the_others_elect_a_leader_while_the_leader_is_paused(etcd: &Instance<Etcd>) {
    let leads = |number: &usize| {
        let url = endpoint(etcd, *number);
        status(url, "Leader").is_some_and(|leader| Some(leader) == status(url, "MemberID"))
    };
    let (first, _) = eventually("one leads", || (1..=3).find(leads));
    let others: Vec<_> = (1..=3).filter(|number| *number != first).collect();
    etcdctl(endpoint(etcd, first), &["put", "before", "1"]);
    etcd.node(first).pause().unwrap();
    assert_eq!(etcd.node(first).state().unwrap(), State::Paused);
    assert!(etcd.node(first).runs().unwrap() && etcd.died().is_none());
    let (second, _) = eventually("another one leads", || {
        others.iter().copied().find(|number| leads(number))
    });
    let put = ["put", "meanwhile", "2", "--command-timeout=1s"];
    eventually("the others go on", || {
        try_etcdctl(endpoint(etcd, second), &put).ok()
    });
    let get = |key| {
        [
            "get",
            key,
            "--print-value-only",
            "--consistency=s",
            "--command-timeout=1s",
        ]
    };
    // It accepts connections and does not answer.
    let error = try_etcdctl(endpoint(etcd, first), &get("before")).unwrap_err();
    assert!(error.contains("deadline exceeded"), "{error}");
    etcd.node(first).resume().unwrap();
    eventually("the first catches up", || {
        let got = try_etcdctl(endpoint(etcd, first), &get("meanwhile")).ok()?;
        (got == "2" && !leads(&first)).then_some(())
    });
    // All at once, and then one of them as after a crash.
    etcd.pause().unwrap();
    assert!((1..=3).all(|number| etcd.node(number).state().unwrap() == State::Paused));
    etcd.resume().unwrap();
    etcd.node(second).kill().unwrap();
    etcd.node(second).start().unwrap();
    eventually("it has its data", || {
        (try_etcdctl(endpoint(etcd, second), &get("meanwhile")).ok()? == "2").then_some(())
    });
    etcd.restart().unwrap();
    eventually("the cluster has its data", || {
        (try_etcdctl(etcd.endpoints(), &get("before")).ok()? == "1").then_some(())
    });
}
