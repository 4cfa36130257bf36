//! Consul, with its own client program.

use std::fs;
use std::process::Command;

use fixtured::daemons::{self, Consul};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::holders;

/// What the server's program prints as a client.
fn client(consul: &Instance<Consul>, args: &[&str]) -> String {
    let program = fs::read_link(format!("/proc/{}/exe", consul.pid())).unwrap();
    let mut command = Command::new(program);
    let output = command
        .envs(consul.variables())
        .args(args)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "consul {args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim_end().into()
}

#[fixture(consul)]
#[test]
fn a_client_reads_back_what_it_wrote(consul: &Instance<Consul>, url: &str, prefix: &str) {
    assert_eq!(url, format!("consul://127.0.0.1:{}", consul.port()));
    assert_eq!(consul.http_url(), consul.variables()["CONSUL_HTTP_ADDR"]);
    let key = format!("{prefix}/key");
    client(consul, &["kv", "put", &key, "value"]);
    assert_eq!(client(consul, &["kv", "get", &key]), "value");
}

#[fixture(consul)]
#[test]
fn it_has_registered_itself(consul: &Instance<Consul>) {
    assert_eq!(client(consul, &["catalog", "services"]), "consul");
    let members = client(consul, &["members"]);
    let address = format!("127.0.0.1:{}", consul.port_named("serf"));
    assert!(
        members.contains(&address) && members.contains("alive"),
        "{members}"
    );
}

#[test]
fn tests_share_a_server_and_have_prefixes_of_their_own() {
    let one = daemons::consul().acquire().unwrap();
    let other = daemons::consul().acquire().unwrap();
    assert_eq!((one.pid(), one.url()), (other.pid(), other.url()));
    for (consul, value) in [(&one, "1"), (&other, "2")] {
        client(
            consul,
            &["kv", "put", &format!("{}/key", consul.prefix()), value],
        );
    }
    for (consul, value) in [(&one, "1"), (&other, "2")] {
        let found = client(
            consul,
            &["kv", "get", "-recurse", &format!("{}/", consul.prefix())],
        );
        assert_eq!(found, format!("{}/key:{value}", consul.prefix()));
    }
}

#[test]
fn servers_of_ones_own_stand_side_by_side() {
    let servers = [(); 2].map(|()| daemons::consul().start().unwrap());
    for (consul, value) in servers.iter().zip(["1", "2"]) {
        client(
            consul,
            &["kv", "put", &format!("{}/key", consul.prefix()), value],
        );
    }
    for (consul, value) in servers.iter().zip(["1", "2"]) {
        let key = format!("{}/key", consul.prefix());
        assert_eq!(client(consul, &["kv", "get", &key]), value);
    }
    // Side by side they can only be because none has a port that it would have by default.
    let default = [8300, 8301, 8302, 8500, 8502, 8503, 8600].into();
    for (port, pids) in holders(&default) {
        assert!(
            servers.iter().all(|consul| !pids.contains(&consul.pid())),
            "{port}"
        );
    }
}

#[test]
fn a_port_can_be_fixed() {
    let leased = daemons::consul().start().unwrap();
    let port = leased.port();
    drop(leased);
    let consul = daemons::consul().port(port).start().unwrap();
    assert_eq!(consul.port(), port);
    assert_eq!(consul.cli_variables()["CONSUL_PORT"], port.to_string());
    assert_eq!(client(&consul, &["catalog", "datacenters"]), "dc1");
}
