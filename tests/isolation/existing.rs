//! Fixtures in a server that is there already, as in a CI job with service containers.

use std::fs;
use std::process::{Command, Stdio};

use fixtured::daemons::Postgres;
use fixtured::{Acquire, Instance, daemons};
use fixtured_tests::{Holder, eventually, scratch_directory, supervisor_of, without_runner};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use postgres::{Client, NoTls};

fn holder(environment: &[(&str, &str)]) -> Holder {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hold"));
    command.envs(environment.iter().copied());
    Holder::start(command).unwrap()
}

/// The names of the databases in a server, but those that were there from the start.
fn databases(server: &Instance<Postgres>) -> Vec<String> {
    let mut client = Client::connect(server.url(), NoTls).unwrap();
    let query = "SELECT datname::text FROM pg_database WHERE datname NOT IN ('postgres', 'template0', 'template1')";
    let rows = client.query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn tests_get_databases_in_it_which_are_removed_afterwards() {
    let server = daemons::postgres().start().unwrap();
    let mut first = holder(&[("FIXTURED_POSTGRES_URL", server.url())]);
    let mut second = holder(&[("FIXTURED_POSTGRES_URL", server.url())]);
    let given = [
        first.ask().unwrap(),
        second.ask().unwrap(),
        second.ask().unwrap(),
    ];
    for holding in &given {
        // It is the server that is there, and not one of ours.
        assert!(
            holding
                .url
                .starts_with(server.url().trim_end_matches("/postgres")),
            "{holding:?}"
        );
        let mut client = Client::connect(&holding.url, NoTls).unwrap();
        client.batch_execute("CREATE TABLE mine (a int)").unwrap();
        let port = client
            .query_one("SELECT inet_server_port()", &[])
            .unwrap()
            .get::<_, i32>(0);
        assert_eq!(port, i32::from(server.port()));
    }
    assert!(databases(&server).len() >= 3);
    drop(first);
    // What another session has there is left alone.
    for holding in &given[1..] {
        Client::connect(&holding.url, NoTls)
            .unwrap()
            .query("SELECT a FROM mine", &[])
            .unwrap();
    }
    drop(second);
    eventually("nothing is left in the server", || {
        databases(&server).is_empty().then_some(())
    });
}

#[test]
fn after_a_supervisor_that_was_killed_the_next_session_removes_them() {
    let server = daemons::postgres().start().unwrap();
    // A directory of its own, so that no other session sweeps it first.
    let dir = scratch_directory("existing").unwrap();
    let environment = [
        ("FIXTURED_POSTGRES_URL", server.url()),
        ("FIXTURED_DIR", dir.to_str().unwrap()),
    ];
    let mut first = holder(&environment);
    let supervisor = supervisor_of(&first.ask().unwrap().session()).unwrap();
    kill(Pid::from_raw(supervisor.pid as i32), Signal::SIGKILL).unwrap();
    drop(first);
    assert!(!databases(&server).is_empty());
    drop(holder(&environment).ask().unwrap());
    eventually("nothing is left in the server", || {
        databases(&server).is_empty().then_some(())
    });
}

/// SCRAM is what servers ask for by default. It hashes the password in a normal form, in which the last character is a plain `2`.
#[test]
fn a_password_may_be_wanted_as_a_hash() {
    let server = daemons::postgres().start().unwrap();
    let mut client = Client::connect(server.url(), NoTls).unwrap();
    let access = server.dir().join("access.conf");
    let others = fs::read_to_string(&access).unwrap();
    for (method, role) in [("scram-sha-256", "shaker"), ("md5", "digester")] {
        let rules = fs::read_to_string(&access).unwrap();
        fs::write(
            &access,
            format!("host all {role} 127.0.0.1/32 {method}\n{rules}"),
        )
        .unwrap();
        client
            .batch_execute(&format!("SET password_encryption = '{method}'; CREATE ROLE {role} SUPERUSER LOGIN PASSWORD 'p@ss²'"))
            .unwrap();
        client.batch_execute("SELECT pg_reload_conf()").unwrap();
        let url = format!(
            "postgresql://{role}:p%40ss%C2%B2@127.0.0.1:{}/postgres",
            server.port()
        );
        // The server reads its rules again in its own time.
        eventually("the new rules hold", || {
            Client::connect(&url.replace("p%40ss%C2%B2", "wrong"), NoTls)
                .is_err()
                .then_some(())
        });
        let mut holder = holder(&[("FIXTURED_POSTGRES_URL", &url)]);
        let holding = holder.ask().unwrap();
        let mut own = Client::connect(&holding.url, NoTls).unwrap();
        let who: String = own
            .query_one("SELECT current_user::text", &[])
            .unwrap()
            .get(0);
        assert_eq!(who, role);
    }
    assert!(!others.contains("scram"));
}

#[test]
fn what_is_wrong_with_it_is_said() {
    let server = daemons::postgres().start().unwrap();
    let wrong = server.url().replace(server.password(), "wrong");
    for (url, wanted) in [
        ("nonsense", "FIXTURED_POSTGRES_URL is not a server URL"),
        (
            wrong.as_str(),
            "password authentication failed for user \"postgres\"",
        ),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_acquire"));
        without_runner(&mut command);
        let output = command
            .env("FIXTURED_POSTGRES_URL", url)
            .stdout(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && text.contains(wanted), "{text}");
        assert!(!text.contains("wrong"), "{text}");
    }
}
