//! Swift, with its own client and curl.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::Command;

use fixtured::daemons::{self, Swift};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::{free_port, holders, processes, scratch_directory};

/// Runs Swift's client in the test's own account: what it prints.
fn client(swift: &Instance<Swift>, args: &[&str]) -> String {
    // Where tests/provision puts it.
    let own = std::env::home_dir()
        .unwrap()
        .join(".local/share/fixtured/swift/bin");
    let bin = std::env::var_os("FIXTURED_SWIFT_BIN").map_or(own, PathBuf::from);
    let output = Command::new(bin.join("swift"))
        .args(["--os-storage-url", &swift.storage_url()])
        .args(args)
        .envs(swift.variables())
        .output()
        .unwrap();
    let [printed, errors] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    assert!(output.status.success(), "{args:?}: {printed}{errors}");
    printed.trim_end().to_owned()
}

/// What curl gets for a request: the status, the headers in small letters, and the body.
fn request(method: &str, url: &str, headers: &[&str], body: &str) -> (u16, String, String) {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "-i", "-X", method, url]);
    for header in headers {
        curl.args(["-H", header]);
    }
    if !body.is_empty() {
        curl.args(["-d", body]);
    }
    let output = curl.output().unwrap();
    let answer = String::from_utf8(output.stdout).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), body.to_owned())
}

/// The token that a user is given as a header, and the account that goes with it.
fn log_in(swift: &Instance<Swift>, user: &str, key: &str) -> Result<(String, String), u16> {
    let headers = [
        &*format!("X-Auth-User: {user}"),
        &*format!("X-Auth-Key: {key}"),
    ];
    let (status, head, _) = request("GET", swift.auth_url(), &headers, "");
    let header = |name: &str| {
        let line = head.lines().find_map(|line| line.strip_prefix(name));
        line.unwrap().trim().to_owned()
    };
    match status {
        // Tokens are in small letters but for how they begin.
        200 => {
            let token = header("x-auth-token:").replace("auth_tk", "AUTH_tk");
            Ok((format!("X-Auth-Token: {token}"), header("x-storage-url:")))
        }
        status => Err(status),
    }
}

#[fixture(swift)]
fn what_is_written_is_read_back(swift: &Instance<Swift>, port: u16, url: &str) {
    assert_eq!(
        url,
        format!("swift://test%3Atester:testing@localhost:{port}/auth/v1.0")
    );
    let dir = scratch_directory("swift").unwrap();
    let file = dir.join("greeting");
    fs::write(&file, "hello, world").unwrap();
    let file = file.to_str().unwrap();
    // In segments of five bytes, which the proxy server puts together again.
    let name = ["--object-name", "greeting"];
    let upload = ["upload", "-S", "5", "--use-slo", "greetings", file];
    client(swift, &[&upload[..], &name].concat());
    let containers = client(swift, &["list"]);
    assert_eq!(containers, "greetings\ngreetings_segments");
    let segments = client(swift, &["list", "greetings_segments"]);
    assert_eq!(segments.lines().count(), 3, "{segments}");
    let found = client(swift, &["download", "greetings", "greeting", "-o", "-"]);
    assert_eq!(found, "hello, world");
}

#[test]
fn each_test_has_an_account_of_its_own() {
    let [first, second] = [(), ()].map(|()| daemons::swift().acquire().unwrap());
    assert_eq!(first.pid(), second.pid());
    let (token, shared) = log_in(&first, first.username(), first.password()).unwrap();
    assert!(shared.ends_with("/v1/auth_test"), "{shared}");
    let container = |swift: &Instance<Swift>| format!("{}/container", swift.storage_url());
    let object = format!("{}/object", container(&first));
    assert_eq!(request("PUT", &container(&first), &[&token], "").0, 201);
    let (status, ..) = request("PUT", &object, &[&token], "of the first");
    assert_eq!(status, 201);
    assert_eq!(request("GET", &container(&second), &[&token], "").0, 404);
    assert_eq!(client(&second, &["list"]), "");
    let (_, _, found) = request("GET", &object, &[&token], "");
    assert_eq!(found, "of the first");
}

#[fixture(swift)]
fn users_have_the_rights_that_they_have(swift: &Instance<Swift>) {
    let wrong = log_in(swift, swift.username(), "wrong");
    assert_eq!(wrong, Err(401));
    let own = swift.storage_url();
    assert_eq!(request("GET", &own, &[], "").0, 401);
    let (token, _) = log_in(swift, "test2:tester2", "testing2").unwrap();
    assert_eq!(request("GET", &own, &[&token], "").0, 403);
    let (token, _) = log_in(swift, "admin:admin", "admin").unwrap();
    assert_eq!(request("GET", &own, &[&token], "").0, 204);
}

#[test]
fn all_ports_are_those_that_were_asked_for() {
    let [port, account, container, object, memcached] = [(); 5].map(|()| free_port());
    let swift = daemons::swift()
        .port(port)
        .account_port(account)
        .container_port(container)
        .object_port(object)
        .memcached_port(memcached)
        .start()
        .unwrap();
    // Nothing listens anywhere else.
    let dir = swift.dir().display().to_string();
    let servers: BTreeSet<_> = processes()
        .into_iter()
        .filter(|process| process.command.contains(&dir))
        .map(|process| process.pid)
        .collect();
    let held = holders(&(1024..=u16::MAX).collect());
    let held = held
        .into_iter()
        .filter(|(_, holders)| !holders.is_disjoint(&servers));
    let listening: BTreeSet<_> = held.map(|(port, _)| port).collect();
    assert_eq!(listening, [port, account, container, object].into());
    TcpStream::connect((swift.host(), memcached)).unwrap();
    assert_eq!(swift.http_url(), format!("http://localhost:{port}"));
    let (token, storage_url) = log_in(&swift, "test:tester", "testing").unwrap();
    assert_eq!(storage_url, format!("{}/v1/auth_test", swift.http_url()));
    let container = format!("{}/container", swift.storage_url());
    assert_eq!(request("PUT", &container, &[&token], "").0, 201);
}
