//! Fixtures in a server that is there already, and wants TLS.

use std::fs;
use std::process::{Command, Stdio};

use fixtured::daemons::Postgres;
use fixtured::{Acquire, Instance, daemons};
use fixtured_tests::{Holder, client, eventually, scratch_directory, without_runner};
use postgres::{Client, NoTls};

/// A server that lets the role `naked` in only without TLS, and everybody else only with it.
struct Strict {
    server: Instance<Postgres>,
    /// A connection from before.
    client: Client,
}

impl Strict {
    fn start() -> Self {
        let server = daemons::postgres().tls(true).start().unwrap();
        let mut client = Client::connect(server.url(), NoTls).unwrap();
        let access = server.dir().join("access.conf");
        let rules = fs::read_to_string(&access).unwrap();
        let others = rules.lines().filter(|rule| !rule.starts_with("host"));
        let others: Vec<_> = others.collect();
        let strict = "hostnossl all naked all trust\nhostssl all naked all reject\nhostssl all all all scram-sha-256";
        fs::write(&access, format!("{strict}\n{}\n", others.join("\n"))).unwrap();
        // Its password was not hashed for this login.
        let statements = format!(
            "SET password_encryption = 'scram-sha-256'; ALTER ROLE postgres PASSWORD '{}'; CREATE ROLE naked SUPERUSER LOGIN",
            server.password()
        );
        client.batch_execute(&statements).unwrap();
        client.batch_execute("SELECT pg_reload_conf()").unwrap();
        eventually("the new rules hold", || {
            Client::connect(server.url(), NoTls).is_err().then_some(())
        });
        Self { server, client }
    }

    /// Its URL with these parameters.
    fn url(&self, query: &str) -> String {
        format!("{}?{query}", self.server.url())
    }

    /// The parameter for the file of its authority.
    fn authority(&self) -> String {
        format!("sslrootcert={}", self.server.ca_file())
    }

    /// How many databases tests have in it.
    fn databases(&mut self) -> i64 {
        let query = "SELECT count(*) FROM pg_database WHERE datname LIKE 't\\_%'";
        self.client.query_one(query, &[]).unwrap().get(0)
    }
}

/// What a test is told that could not acquire a database, within 3 s.
fn refusal(url: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acquire"));
    without_runner(&mut command);
    let command = command.arg("3s").env("FIXTURED_POSTGRES_URL", url);
    let output = command.stdout(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success(), "{url}: {text}");
    text
}

#[test]
fn databases_are_made_used_and_dropped() {
    let mut strict = Strict::start();
    let authority = strict.authority();
    let naked = format!(
        "postgres://naked@127.0.0.1:{}/postgres",
        strict.server.port()
    );
    for (url, encrypted) in [
        (strict.server.url().to_owned(), "t"),
        (strict.url("sslmode=allow"), "t"),
        (strict.url("sslmode=require"), "t"),
        (strict.url(&format!("sslmode=verify-ca&{authority}")), "t"),
        (strict.url(&format!("sslmode=verify-full&{authority}")), "t"),
        (naked, "f"),
    ] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hold"));
        command.env("FIXTURED_POSTGRES_URL", &url);
        let mut holder = Holder::start(command).unwrap();
        let given = holder.ask().unwrap().url;
        let query = url.split_once('?').map_or("", |(_, query)| query);
        assert!(given.ends_with(query), "{given}");
        let ssl =
            "CREATE TABLE mine (a int); SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        assert_eq!(
            client("psql", &["-qAtX", "-c", ssl, &given]),
            encrypted,
            "{url}"
        );
        assert!(strict.databases() > 0);
        drop(holder);
        eventually("nothing is left in the server", || {
            (strict.databases() == 0).then_some(())
        });
    }
}

#[test]
fn certificates_are_verified() {
    let strict = Strict::start();
    let dir = scratch_directory("existing-tls").unwrap();
    let [key, other] = ["key.pem", "other.pem"].map(|name| dir.join(name).display().to_string());
    let new = "req -x509 -newkey rsa:2048 -noenc -days 2 -subj /CN=other -keyout";
    let mut arguments: Vec<_> = new.split(' ').collect();
    arguments.extend([&*key, "-out", &other]);
    client("openssl", &arguments);
    let authority = strict.authority();
    let trusting =
        |mode: &str, path: &str| strict.url(&format!("sslmode={mode}&sslrootcert={path}"));
    let full = strict.url(&format!("sslmode=verify-full&{authority}"));
    // The same server, by an address that is not in its certificate.
    let elsewhere = full.replace("@127.0.0.1", "@[::ffff:127.0.0.1]");
    let unsigned = "the server's certificate is not signed by one in";
    for (url, wanted) in [
        (trusting("require", &other), unsigned),
        (trusting("verify-ca", &other), unsigned),
        (trusting("verify-full", &other), unsigned),
        (trusting("require", &key), "it contains no certificate"),
        (
            trusting("require", "/no/such.pem"),
            "cannot use `/no/such.pem` (`sslrootcert`)",
        ),
        (elsewhere.clone(), "not for `::ffff:127.0.0.1`"),
        (
            strict.url("sslmode=disable"),
            "set `sslmode=require` in the server's URL",
        ),
        (
            strict.url("sslmode=verify-full"),
            "add `sslrootcert=/path/to/ca.pem`",
        ),
    ] {
        let text = refusal(&url);
        assert!(text.contains(wanted), "{url}: {text}");
    }
    fs::remove_dir_all(dir).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_hold"));
    command.env(
        "FIXTURED_POSTGRES_URL",
        elsewhere.replace("verify-full", "verify-ca"),
    );
    Holder::start(command).unwrap().ask().unwrap();
}

/// To cancel takes another connection, on which the server insists on TLS too.
#[test]
fn what_is_not_done_in_time_is_cancelled() {
    let mut strict = Strict::start();
    // No database can be made meanwhile.
    let lock = "BEGIN; LOCK pg_database IN SHARE MODE";
    strict.client.batch_execute(lock).unwrap();
    let text = refusal(&strict.url("sslmode=require"));
    assert!(text.contains("not done within 3 s"), "{text}");
    // Nothing but a request would have it end.
    eventually("the statement has been cancelled", || {
        let log = fs::read_to_string(strict.server.log()).unwrap();
        let words = "canceling statement due to user request";
        log.contains(words).then_some(())
    });
}
