//! What is said where an existing server has nothing for tests.

use std::io::Write;
use std::process::{Command, Stdio};

use fixtured_tests::without_runner;

/// What the program `acquire` says about PostgreSQL is tested elsewhere; here it is what a daemon says that cannot use such a server.
#[test]
fn where_there_is_none_for_tests_it_is_said() {
    let said = |name: &str, url: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hold"));
        without_runner(&mut command);
        let mut child = command
            .env(format!("FIXTURED_{}_URL", name.to_uppercase()), url)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{name}").unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    };
    for (name, url, wanted) in [
        (
            "nginx",
            "http://127.0.0.1:1",
            "cannot start `nginx`: FIXTURED_NGINX_URL names an existing server, but its configuration is what a test wants; unset it to start a server",
        ),
        (
            "redis",
            "rediss://127.0.0.1:1",
            "FIXTURED_REDIS_URL names a server that wants TLS (`rediss://`), which fixtured speaks only with PostgreSQL; name one without it",
        ),
        (
            "rabbitmq",
            "amqp://guest:guest@127.0.0.1?management_port=x",
            "FIXTURED_RABBITMQ_URL is not a server URL: `management_port` is no port",
        ),
    ] {
        let said = said(name, url);
        assert!(said.contains(wanted), "{said}");
    }
}
