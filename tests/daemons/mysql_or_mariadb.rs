//! What tests get of their own in MySQL and in MariaDB, seen by a client that is not ours.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::mysql::{asked, printed, rows};
use fixtured_tests::{Authority, eventually, scratch_directory, without_runner};

use super::{NAME, Server, server};

#[fixture(super::server)]
#[test]
fn a_test_has_a_database_of_its_own(server: &Instance<Server>, server_url: &str) {
    let (mysql, mysql_url) = (server, server_url);
    rows(mysql, "CREATE TABLE t (n int); INSERT INTO t VALUES (42)");
    let mut client = Command::new("mariadb");
    client.args([
        "--no-defaults",
        "-uroot",
        "-BN",
        "-e",
        "SELECT n, database(), current_user() FROM t",
    ]);
    let client = client.arg(mysql.database()).envs(mysql.variables());
    let found = printed(client.output().unwrap());
    assert_eq!(found, format!("42\t{}\troot@%", mysql.database()));
    let (password, port, database) = (mysql.password(), mysql.port(), mysql.database());
    assert_eq!(
        mysql_url,
        format!("mysql://root:{password}@127.0.0.1:{port}/{database}")
    );
    let other = super::server().acquire().unwrap();
    assert_eq!(other.pid(), mysql.pid());
    assert_eq!(rows(&other, "SHOW TABLES"), "");
}

#[fixture(super::server)]
#[test]
fn a_client_of_another_kind_reads_back_what_it_wrote(server: &Instance<Server>) {
    let home = std::env::var("HOME").unwrap();
    let python = format!("{home}/.local/share/fixtured/pymysql/bin/python3");
    let mut client = Command::new(python);
    client.arg("-c").arg(
        "
import pymysql, sys, urllib.parse
url = urllib.parse.urlparse(sys.argv[1])
client = pymysql.connect(host=url.hostname, port=url.port, user=url.username, password=url.password, database=url.path[1:])
cursor = client.cursor()
cursor.execute('CREATE TABLE t (n int)')
cursor.execute('INSERT INTO t VALUES (%s)', (42,))
cursor.execute('SELECT n, current_user() FROM t')
print(*cursor.fetchone())",
    );
    let output = client.arg(server.url()).output().unwrap();
    assert_eq!(printed(output), "42 root@%");
}

/// By TCP every user of the machine could come.
#[fixture(super::server)]
#[test]
fn without_the_password_nobody_comes_by_tcp(server: &Instance<Server>) {
    let port = server.port().to_string();
    for host in ["127.0.0.1", "localhost"] {
        let mut client = Command::new("mariadb");
        client.args([
            "--no-defaults",
            "--protocol=tcp",
            "-uroot",
            "-h",
            host,
            "-P",
            &port,
        ]);
        let output = client.args(["-e", "SELECT 1"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            said.contains("ERROR 1045 (28000): Access denied"),
            "{output:?}"
        );
    }
    let accounts = rows(
        server,
        "SELECT user, host FROM mysql.user WHERE user NOT LIKE '%.%' ORDER BY host",
    );
    assert_eq!(accounts, "root\t%\nroot\tlocalhost");
    let command = fs::read_to_string(format!("/proc/{}/cmdline", server.pid())).unwrap();
    assert!(!command.contains(server.password()), "{command}");
}

#[fixture(super::server)]
#[test]
fn the_server_is_fast_and_listens_on_loopback_only(server: &Instance<Server>) {
    let settings = format!(
        "SELECT @@bind_address, @@innodb_flush_log_at_trx_commit, @@innodb_doublewrite IN ('0', 'OFF'), @@log_bin, @@datadir LIKE '/%/{NAME}%/data/'"
    );
    assert_eq!(rows(server, &settings), "127.0.0.1\t2\t1\t0\t1");
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let uid = status
        .lines()
        .find_map(|line| line.strip_prefix("Uid:"))
        .unwrap();
    let uid = uid.split_whitespace().next().unwrap();
    let own = nix::unistd::geteuid();
    assert_eq!(uid == own.to_string(), !own.is_root(), "{uid}");
}

/// A client that stays, in the middle of a transaction.
fn staying(mysql: &Instance<Server>) -> Child {
    let mut client = Command::new("mariadb");
    client
        .args(["--no-defaults", "-uroot", "--unbuffered", "-BN", "-S"])
        .arg(mysql.socket());
    client
        .arg(mysql.database())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut client = client.spawn().unwrap();
    let statements = b"CREATE TABLE t (n int); BEGIN; INSERT INTO t VALUES (1); SELECT 'in';\n";
    client
        .stdin
        .as_mut()
        .unwrap()
        .write_all(statements)
        .unwrap();
    client
}

#[test]
fn databases_are_dropped_even_while_somebody_is_in_a_transaction() {
    let scratch = scratch_directory("in-transactions").unwrap();
    let script = scratch.join("script.sql");
    fs::write(&script, "CREATE TABLE first (n int)").unwrap();
    let acquire = || {
        server()
            .init(script.as_path())
            .setting("net_buffer_length", "8192")
            .acquire()
    };
    let kept = acquire().unwrap();
    let mut given = Vec::new();
    let mut clients = Vec::new();
    for _ in 0..6 {
        let mysql = acquire().unwrap();
        let mut client = staying(&mysql);
        let output = client.stdout.as_mut().unwrap();
        let mut line = [0; 3];
        output.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"in\n");
        given.push(mysql.database().to_owned());
        clients.push(client);
    }
    eventually("they are dropped", || {
        let left = rows(&kept, "SHOW DATABASES LIKE 't\\_%'");
        let spare = left.lines().count();
        (!given.iter().any(|name| left.contains(name)) && spare <= 10).then_some(())
    });
    for mut client in clients {
        client.kill().unwrap();
        client.wait().unwrap();
    }
}

#[test]
fn options_do_what_they_say() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let version = rows(&server().acquire().unwrap(), "SELECT version()");
    let short: Vec<_> = version.split('.').take(2).collect();
    let chosen = server()
        .port(port)
        .version(short.join("."))
        .settings([("sql_mode", "ANSI_QUOTES"), ("lower-case-table-names", "1")])
        .start()
        .unwrap();
    let found = rows(
        &chosen,
        "SELECT @@port, @@sql_mode, @@lower_case_table_names, database()",
    );
    assert_eq!(found, format!("{port}\tANSI_QUOTES\t1\ttest"));
    assert_eq!(rows(&chosen, "SHOW DATABASES LIKE 'pifpaf'"), "pifpaf");
    let error = server().version("4").acquire().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotInstalled);
    let text = error.to_string();
    let start = format!("cannot start `{NAME}`: `");
    assert!(text.starts_with(&start), "{text}");
    assert!(text.contains("apt install mariadb-server"), "{text}");
    let error = server()
        .setting("no_such_thing", "1")
        .acquire()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    assert!(
        error
            .to_string()
            .contains("unknown variable 'no_such_thing=1'"),
        "{error}"
    );
    let error = server().isolation("some").acquire().map(drop).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "cannot start `{NAME}`: unknown isolation `some`, expected \"database\" or \"none\""
        )
    );
    let error = server()
        .isolation("none")
        .init("migrations")
        .acquire()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn without_isolation_tests_share_on_purpose() {
    let shared = || server().isolation("none").acquire().unwrap();
    let (first, second) = (shared(), shared());
    assert_eq!((first.database(), second.database()), ("test", "test"));
    let table = format!("shared_{}", std::process::id());
    rows(&first, &format!("CREATE TABLE {table} (n int)"));
    assert_eq!(
        rows(
            &second,
            &format!("INSERT INTO {table} VALUES (3); SELECT * FROM {table}")
        ),
        "3"
    );
    // It is the server that everybody else uses.
    assert_eq!(server().acquire().unwrap().pid(), first.pid());
}

#[test]
fn the_socket_leads_to_the_database_too() {
    let mysql = server().acquire().unwrap();
    let url = format!(
        "mysql://root@localhost/{}?socket={}",
        mysql.database(),
        mysql.socket().display()
    );
    assert_eq!((mysql.socket_url(), mysql.username()), (&*url, "root"));
    let mut client = Command::new("mariadb");
    client.args([
        "--no-defaults",
        "-uroot",
        "-BN",
        "-e",
        "SELECT current_user()",
    ]);
    let by_socket = mysql
        .variables()
        .iter()
        .filter(|(name, _)| *name == "MYSQL_UNIX_PORT");
    assert_eq!(
        printed(client.envs(by_socket).output().unwrap()),
        "root@localhost"
    );
}

#[test]
fn what_was_committed_survives_an_outage() {
    let own = server().start().unwrap();
    let filled = "CREATE TABLE t (n int); CREATE USER app; \
                  INSERT INTO t WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1000) SELECT n FROM s; \
                  SELECT count(*) FROM t";
    assert_eq!(rows(&own, filled), "1000");
    own.process("").kill().unwrap();
    assert!(!asked(&own, "SELECT 1").status.success());
    own.process("").start().unwrap();
    assert_eq!(
        rows(
            &own,
            "SELECT sum(n) FROM t; SELECT host FROM mysql.user WHERE user = 'app'"
        ),
        "500500\n%"
    );
    let mut client = Command::new("mariadb");
    client
        .args(["--no-defaults", "-uroot", "-BN", "-e", "SELECT 1"])
        .envs(own.variables());
    assert_eq!(printed(client.output().unwrap()), "1");
}

/// A process that keeps a database, in the session whose runner is this test; and what it was given.
fn keeping() -> (Child, Vec<String>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_keep"));
    without_runner(&mut command);
    command
        .arg(NAME)
        .env("FIXTURED_SESSION", std::process::id().to_string());
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    (child, line.split_whitespace().map(Into::into).collect())
}

#[test]
fn the_database_of_a_process_that_is_killed_is_dropped() {
    let ((mut first, given), (mut second, other)) = (keeping(), keeping());
    assert_eq!(given[0], other[0]);
    assert_ne!(given[1], other[1]);
    let databases = || {
        let mut client = Command::new("mariadb");
        client.args([
            "--no-defaults",
            "-uroot",
            "-BNe",
            "SHOW DATABASES",
            "-S",
            &other[2],
        ]);
        printed(client.output().unwrap())
    };
    let is_there = |name: &String| databases().lines().any(|line| line == name);
    assert!(is_there(&given[1]) && is_there(&other[1]));
    first.kill().unwrap();
    first.wait().unwrap();
    eventually("it is dropped", || (!is_there(&given[1])).then_some(()));
    assert!(is_there(&other[1]));
    drop(second.stdin.take());
    second.wait().unwrap();
}

/// A client that checks the server's certificate if it is given an authority.
pub(super) struct Tls {
    pub(super) program: &'static str,
    /// How it checks the certificate and the name in it.
    pub(super) verify: &'static str,
    /// How it does without TLS.
    pub(super) plain: &'static [&'static str],
}

impl Tls {
    /// The version of TLS that it uses, if any, with these options.
    fn used(&self, server: &Instance<Server>, options: &[&str]) -> Result<String, String> {
        let mut client = Command::new(self.program);
        client.args(["--no-defaults", "--protocol=tcp", "-uroot", "-BN"]);
        client.args(options).envs(server.variables());
        let status = ["-e", "SHOW SESSION STATUS LIKE 'Ssl_version'"];
        let output = client.args(status).output().unwrap();
        match output.status.success() {
            true => Ok(printed(output)),
            false => Err(String::from_utf8(output.stderr).unwrap()),
        }
    }

    /// It trusts the server by its authority, and not by another.
    pub(super) fn check(&self, server: &Instance<Server>) {
        let trust = |file: &Path| format!("--ssl-ca={}", file.display());
        let other = Authority::new(NAME);
        let (right, wrong) = (trust(server.ca_file().as_ref()), trust(&other.itself()));
        for host in ["--host=127.0.0.1", "--host=localhost"] {
            let used = |trusted| self.used(server, &[host, self.verify, trusted]);
            assert_eq!(used(&right), Ok("Ssl_version\tTLSv1.3".into()), "{host}");
            let problem = used(&wrong).unwrap_err();
            assert!(problem.contains("certificate"), "{problem}");
            let plain = [&[host], self.plain].concat();
            assert_eq!(self.used(server, &plain), Ok("Ssl_version".into()));
        }
    }
}

#[fixture(super::server, tls = true)]
#[test]
fn tls_is_trusted_by_its_authority(server: &Instance<Server>) {
    let mariadb = Tls {
        program: "mariadb",
        verify: "--ssl-verify-server-cert",
        plain: &["--skip-ssl"],
    };
    mariadb.check(server);
    // Only the server reads the key.
    let key = fs::metadata(Path::new(server.ca_file()).with_file_name("server.key")).unwrap();
    let process = fs::metadata(format!("/proc/{}", server.pid())).unwrap();
    assert_eq!((key.mode() & 0o777, key.uid()), (0o600, process.uid()));
}
