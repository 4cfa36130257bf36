//! MySQL, which is Oracle's, or MariaDB where that is not installed.

use std::process::Command;

use fixtured::daemons::{Mysql as Server, mysql as server};
use fixtured::{Acquire, ErrorKind, Instance, daemons, fixture};
use fixtured_tests::mysql::{printed, rows};

const NAME: &str = "mysql";

#[path = "mysql_or_mariadb.rs"]
mod either;

#[fixture(mysql, version = "9")]
#[fixture(mariadb)]
#[test]
fn oracles_server_and_mariadb_run_side_by_side(mysql: &Instance<Server>, mariadb_url: &str) {
    let version = rows(mysql, "SELECT version()");
    assert!(version.starts_with("9."), "{version}");
    assert_ne!(mysql.url(), mariadb_url);
    // Without a version too it is Oracle's.
    let usual = rows(&server().acquire().unwrap(), "SELECT version()");
    assert_eq!(usual, version);
}

/// Where only a file's name says MySQL, it is still MariaDB.
#[test]
fn the_version_chooses_between_them() {
    let mariadb = rows(&daemons::mariadb().acquire().unwrap(), "SELECT version()");
    let short: Vec<_> = mariadb.split('.').take(2).collect();
    let chosen = server().version(short.join(".")).acquire().unwrap();
    assert_eq!(rows(&chosen, "SELECT version()"), mariadb);
    let error = server().version("4").acquire().map(drop).unwrap_err();
    let text = error.to_string();
    let headline = "cannot start `mysql`: `mysqld` version 4 is not installed, nor is `mariadbd`: ";
    assert!(text.starts_with(headline), "{text}");
    let install = "install: apt install mysql-server        (or: brew install mysql, or: apt install mariadb-server, or: brew install mariadb)";
    assert!(text.contains(install), "{text}");
    let error = daemons::mariadb().version("9").acquire().map(drop);
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotInstalled);
    assert!(!error.to_string().contains("mysqld"), "{error}");
}

/// An account of Oracle's takes more than a hash of the password the first time: TLS, or encryption by the server's key.
#[fixture(mysql, version = "9", scope = "test")]
#[test]
fn clients_log_in_over_tcp_with_and_without_tls(mysql: &Instance<Server>) {
    let who = "SELECT current_user(), (SELECT variable_value <> '' FROM performance_schema.session_status WHERE variable_name = 'Ssl_cipher')";
    for (program, args, wanted) in [
        ("mariadb", &["--skip-ssl"][..], "root@%\t0"),
        ("mariadb", &["--ssl"], "root@%\t1"),
        ("/usr/local/mysql/bin/mysql", &[], "root@%\t1"),
        (
            "/usr/local/mysql/bin/mysql",
            &["--ssl-mode=DISABLED", "--get-server-public-key"],
            "root@%\t0",
        ),
    ] {
        // So that none profits from one before it.
        rows(mysql, "FLUSH PRIVILEGES");
        let mut client = Command::new(program);
        client.args(["--no-defaults", "-uroot", "-BN"]).args(args);
        let output = client.args(["-e", who]).envs(mysql.variables()).output();
        assert_eq!(printed(output.unwrap()), wanted, "{program} {args:?}");
    }
}

#[fixture(mysql, version = "9", tls = true)]
#[test]
fn its_own_client_trusts_the_authority(mysql: &Instance<Server>) {
    let oracles = either::Tls {
        program: "/usr/local/mysql/bin/mysql",
        verify: "--ssl-mode=VERIFY_IDENTITY",
        plain: &["--ssl-mode=DISABLED", "--get-server-public-key"],
    };
    oracles.check(mysql);
}
