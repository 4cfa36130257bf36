//! HAProxy, with curl.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use fixtured::daemons::{self, Haproxy};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{client, eventually, scratch_directory, serve_once};

/// What the server says to a command.
fn command(haproxy: &Instance<Haproxy>, command: &str) -> String {
    let mut socket = UnixStream::connect(haproxy.socket()).unwrap();
    writeln!(socket, "{command}").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[fixture(haproxy)]
fn requests_reach_a_server_of_the_test(haproxy: &Instance<Haproxy>, url: &str, backend: &str) {
    let port = haproxy.port_named("backend");
    assert_eq!(backend, format!("127.0.0.1:{port}"));
    let status = ["-sS", "-o", "/dev/null", "-w", "%{http_code}", url];
    assert_eq!(client("curl", &status), "503");
    let served = serve_once(backend, "from the test");
    assert_eq!(
        client("curl", &["-sSf", &format!("{url}/a?b=c")]),
        "from the test"
    );
    assert!(served.join().unwrap().starts_with("GET /a?b=c HTTP/1.1"));
    eventually("the request is in the log", || {
        let log = fs::read_to_string(haproxy.log()).unwrap();
        log.contains("\"GET /a?b=c HTTP/1.1\"").then_some(())
    });
    let statistics = command(haproxy, "show stat");
    assert!(statistics.contains("\nhttp,backend,"), "{statistics}");
}

#[test]
fn requests_are_forwarded_to_a_server_that_is_named() {
    let behind = daemons::nginx().start().unwrap();
    fs::write(behind.root().join("a"), "from behind").unwrap();
    let [first, second] =
        [(), ()].map(|()| daemons::haproxy().backend(behind.url()).acquire().unwrap());
    assert_ne!(first.url(), second.url());
    for haproxy in [&first, &second] {
        let found = client("curl", &["-sSf", &format!("{}/a", haproxy.url())]);
        assert_eq!(found, "from behind");
    }
    // What is switched off in one is on in the other.
    command(&first, "disable server http/backend");
    let status = ["-sS", "-o", "/dev/null", "-w", "%{http_code}"];
    for (haproxy, wanted) in [(&first, "503"), (&second, "200")] {
        let url = format!("{}/a", haproxy.url());
        assert_eq!(client("curl", &[&status[..], &[&url]].concat()), wanted);
    }
}

#[test]
fn a_configuration_is_read_from_a_file() {
    let scratch = scratch_directory("haproxy").unwrap();
    let path = scratch.join("haproxy.cfg");
    let text = "frontend in\n  bind 127.0.0.1:{port}\n  bind 127.0.0.1:{port:other}\n  \
                http-request return status 200 content-type text/plain string \"in {dir}\"\n";
    fs::write(&path, text).unwrap();
    let haproxy = daemons::haproxy().config_file(&path).start().unwrap();
    let wanted = format!("in {}", haproxy.dir().display());
    for port in [haproxy.port(), haproxy.port_named("other")] {
        let url = format!("http://127.0.0.1:{port}");
        assert_eq!(client("curl", &["-sSf", &url]), wanted);
    }
}

#[test]
fn what_is_wrong_is_said() {
    let broken = daemons::haproxy().config("frontend in\n  bind 127.0.0.1:{port}\n  no_such\n");
    let error = broken.start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    let wanted = "unknown keyword 'no_such' in 'frontend' section";
    assert!(error.to_string().contains(wanted), "{error}");
    for (wrong, wanted) in [
        (
            daemons::haproxy().config("listen in\n  bind :80\n"),
            "the configuration must listen on `127.0.0.1:{port}`",
        ),
        (
            daemons::haproxy().backend("localhost"),
            "`backend`: `localhost` is not an address, expected e.g. `127.0.0.1:8080`",
        ),
    ] {
        let error = wrong.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
}
