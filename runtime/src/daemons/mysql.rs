//! MySQL and MariaDB, keeping nothing.

use super::choice::Choice;
use super::declare::{declare, values};
use super::flavor::{self, Flavor};
use super::init::Init;
use super::init_slot::SqlInit;
use super::mariadbd::MARIADBD;
use super::mysql_client;
use super::mysql_server::MysqlServer;
use super::mysqld::MYSQLD;
use super::period::Period;
use super::slot::{Settings, Timeout};
use super::sql::{Sql, SqlIsolation};
use super::tls::{self, Tls};
use crate::daemon::{Daemon, Prepare};
use crate::launch::{
    Databases, Launch, OverWire, Process, Protocol, Quoting, Ready, Reuse, Site, Step,
};

/// A MySQL server: [Oracle's](https://www.mysql.com), version 8.0 or later, or else [MariaDB](https://mariadb.org).
///
/// If both are installed, it is Oracle's, unless [`version`](MysqlOrMariadb::version) chooses. For MariaDB only, use [`Mariadb`]. Of Oracle's
/// server, this crate is tested with version 9.7.
pub type Mysql = MysqlOrMariadb<flavor::Mysql>;

/// A [MariaDB](https://mariadb.org) server, version 10.5 or later. This crate is tested with version 10.11.
pub type Mariadb = MysqlOrMariadb<flavor::Mariadb>;

declare! {
    /// A [MySQL](Mysql) or [MariaDB](Mariadb) server.
    ///
    /// Tests share one server for each set of options. A test's database is dropped when the test ends. The administrator is `root`, whose
    /// password is in the URL. The server listens on 127.0.0.1, and on a unix socket in [`Instance::dir`](crate::Instance::dir) that
    /// requires no password. Accounts, their rights and global variables belong to the server, which tests share.
    ///
    /// The [`variables`](crate::Instance::variables) lead client programs to the server, those of Oracle also if `~/.my.cnf` names another
    /// one. MariaDB's prefer that file to any variable. Run them with
    /// [`--defaults-file`](crate::Instance::defaults_file), or in a command with `--defaults-file="$FIXTURED_MYSQL_DEFAULTS_FILE"`.
    ///
    /// Committed data survives a stop and a crash of the server, but not of the machine: it writes no binary log and does not wait for
    /// disks. As root it runs as the user `mysql`, or `nobody` if there is none.
    ///
    /// In Oracle's server, `root` logs in with `caching_sha2_password` over TCP, for which clients use TLS or the server's public key. Its
    /// certificate is made by the server and signed by nobody, unless [`tls`](MysqlOrMariadb::tls) is set.
    #[title(F::TITLE)]
    #[a_test_gets("a database in a shared server")]
    pub struct MysqlOrMariadb<F: Flavor> {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Run this version, such as `8.4`, `10.11` or `10.11.6`.
        ///
        /// It must be installed. Default: the first that is found.
        #[value("VERSION")]
        version(impl Into<String>): Option<String>,
        /// Set a variable of the server.
        ///
        /// [MySQL](https://dev.mysql.com/doc/refman/en/server-system-variables.html) and
        /// [MariaDB](https://mariadb.com/kb/en/server-system-variables/) have different ones. Tests that set different ones get different
        /// servers. The server accepts 500 connections; where tests need more, clients read `Too many connections`: set `max_connections`.
        #[several(settings(impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>))]
        setting(impl Into<String>, impl Into<String>): Settings = Settings::one,
        /// Accept TLS too, with the certificate of a throw-away authority.
        ///
        /// The certificate is for `localhost`, `127.0.0.1` and `::1`. Clients trust [`ca_file`](crate::Instance::<MysqlOrMariadb<F>>::ca_file) by an
        /// option of theirs, since no variable says so:
        ///
        /// | | |
        /// |---|---|
        /// | `mysql` | `--ssl-mode=VERIFY_IDENTITY --ssl-ca=FILE` |
        /// | `mariadb` | `--ssl-verify-server-cert --ssl-ca=FILE` |
        /// | `sqlx` | `?ssl-mode=VERIFY_IDENTITY&ssl-ca=FILE` in the URL |
        ///
        /// `fixtured run` exports the file's path as `FIXTURED_MYSQL_SSL_CA`.
        ///
        /// Connections without TLS remain possible. Needs `openssl` 3. Default: no.
        tls(bool): bool,
        /// Run this SQL file or directory of migrations first.
        ///
        /// It may also be a function; see [`Init`]. It runs once in a session, in a database of which those of the tests are copies.
        ///
        /// Copied are tables with their rows, sequences, views, procedures, functions, triggers, events, and the database's character set,
        /// comment and rights; not the history of system-versioned tables, and not histograms.
        ///
        /// Scripts are read as the `mysql` program reads them, with `DELIMITER` lines and its other commands that need no terminal, and need
        /// not be UTF-8. Dumps by `mysqldump` and `mariadb-dump` are restored as they are: the test's database takes the place of the one
        /// that they name. Statements about a second database are refused, and so are definers that do not exist.
        init<Kind>(impl Init<Kind>): SqlInit = Init::source,
        /// Choose what each test gets: `database` or `none`.
        ///
        /// With `"none"`, all tests use the database `test`, with whatever others have left in it. Default: `"database"`.
        isolation(impl Into<String>): Choice<SqlIsolation>,
        /// Limit how long the server may take to start, and a test to get its database.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { MysqlOrMariadb<F: Flavor> {
    /// The test's database.
    database: String,
    /// The administrator, who needs no password on the socket.
    username: String,
    /// The administrator's password over TCP. It is random for each server.
    password: String,
    /// The server's unix socket.
    socket: Path,
    /// A URL that uses the unix socket.
    socket_url: String,
    /// The certificate of the authority that has signed the server's, in PEM format.
    ///
    /// # Panics
    ///
    /// Without [`tls`](MysqlOrMariadb::tls).
    ca_file: Option<String>,
    /// An option file with which client programs connect as the administrator over TCP, whatever `~/.my.cnf` says:
    /// `mysql --defaults-file=FILE`.
    ///
    /// It must be the first argument. The file does not name the test's database.
    defaults_file: Path,
} }

/// What makes a server fast whose data is thrown away, and turns off what no test needs.
const SETTINGS: [(&str, &str); 9] = [
    ("bind-address", "127.0.0.1"),
    // Otherwise clients from 127.0.0.1 would be `localhost`, like those of the socket.
    ("skip-name-resolve", "1"),
    ("innodb-flush-log-at-trx-commit", "2"),
    ("innodb-buffer-pool-load-at-startup", "0"),
    ("innodb-buffer-pool-dump-at-shutdown", "0"),
    ("key-buffer-size", "1M"),
    ("max-connections", "500"),
    ("table-open-cache", "1000"),
    ("max-allowed-packet", "1G"),
];

impl<F: Flavor> Daemon for MysqlOrMariadb<F> {
    fn launch(&self, site: &Site) -> Launch {
        let mariadb = self.launch_of(&MARIADBD, site);
        match F::ONLY_MARIADB {
            true => mariadb,
            false => self.launch_of(&MYSQLD, site).or(mariadb),
        }
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}

impl<F: Flavor> MysqlOrMariadb<F> {
    fn launch_of(&self, of: &MysqlServer, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let (data, socket) = (format!("{dir}/data"), format!("{dir}/socket"));
        let password = format!("{dir}/password.sql");
        let defaults_file = format!("{dir}/client.cnf");
        let options = mysql_client::options(port, secret);
        // It runs before anybody can connect, and whatever the settings are. Over TCP whoever knows the password is `root`, and nobody before it
        // is set. The login file is last: a user's `secure-file-priv` may forbid it.
        let set_password = format!(
            "SET SESSION TRANSACTION READ WRITE;\n\
             CREATE USER IF NOT EXISTS 'root'@'%' ACCOUNT LOCK;\n\
             GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;\n\
             ALTER USER 'root'@'%' IDENTIFIED BY '{secret}' ACCOUNT UNLOCK;\n{}",
            mysql_client::write_login("login.cnf", &options)
        );
        let (database, in_url) = (site.value("database"), Quoting::Path.of(&socket));
        let databases =
            Databases::new(Protocol::Mysql, &socket, "root", "").init(self.init.launched());
        let sql = Sql {
            settings: &self.setting,
            isolation: &self.isolation,
            timeout: &self.timeout,
            init: &self.init,
        };
        let places = [
            format!("--datadir={data}"),
            format!("--tmpdir={dir}"),
            format!("--pid-file={dir}/pid"),
            format!("--socket={socket}"),
            format!("--port={port}"),
            format!("--init-file={password}"),
        ];
        let tls = self.tls.then(|| Tls::within(dir));
        let encrypted = tls.as_ref().map(encrypted);
        let encrypted = encrypted.iter().flatten();
        let mut defaults = [&SETTINGS, of.settings].concat();
        defaults.extend(encrypted.map(|(name, value)| (*name, &**value)));
        let settings = sql.settings(&defaults);
        let settings: Vec<_> = settings.map(|setting| format!("--{setting}")).collect();
        let installation = (of.install)(site.template, &of.lasting(&settings));
        let server = of.command(of.program, places).args(settings);
        // The greeting, which is sent once there is a password: its length, its number and the protocol's version.
        let ready = Ready::exchange(&socket, "", r"(?s)...\x00\x0a");

        let url = format!("mysql://root:{secret}@127.0.0.1:{port}/{database}");
        let software = (of.software)(F::NAME, self.version.as_deref());
        let launch = software
            .into_iter()
            .fold(Launch::new(F::NAME), Launch::needs)
            .prepare(Step::template(data, installation))
            .write(password, set_password)
            .write(&defaults_file, options.join("\n") + "\n")
            .run(
                Process::new(server, ready)
                    .after_ready(mysql_client::hide_login(dir, "login.cnf"))
                    .stopped_by("SIGKILL"),
            )
            .reuse(Reuse::new(F::URL, 3306).unless(self.tls.then_some(tls::OWN)))
            .fixed_port("", self.port)
            .url(&url)
            // The login file names the server's own port, and would come before the variables.
            .over_wire(
                OverWire::new()
                    .values([("socket_url", &url)])
                    .variables([("MYSQL_TEST_LOGIN_FILE", ""), ("MYSQL_UNIX_PORT", "")]),
            )
            .variables([
                ("MYSQL_HOST", "127.0.0.1"),
                ("MYSQL_TCP_PORT", port),
                ("MYSQL_UNIX_PORT", &socket),
                ("MYSQL_PWD", &site.value("password")),
                ("MYSQL_TEST_LOGIN_FILE", &format!("{dir}/login.cnf")),
            ])
            .variables(mysql_client::NEUTRAL.map(|name| (name, "")))
            .cli_variables([
                ("MYSQL_SOCKET", &socket),
                ("MYSQL_DEFAULTS_FILE", &defaults_file),
            ])
            .values([(
                "pifpaf_url",
                format!("mysql://root@localhost/pifpaf?unix_socket={in_url}"),
            )])
            .values(Values {
                database: "test".into(),
                username: "root".into(),
                password: (*secret).into(),
                socket_url: format!("mysql://root@localhost/{database}?socket={in_url}"),
                socket,
                ca_file: tls.as_ref().map(Tls::ca),
                defaults_file,
            });
        let launch = match &tls {
            None => launch,
            Some(tls) => tls
                .prepare(launch, site.template, "mysql")
                .cli_variables([("MYSQL_SSL_CA", tls.ca())]),
        };
        sql.isolate(launch, databases, "`init` needs")
    }
}

/// What makes it accept TLS by these files, whatever certificates it could make or find.
fn encrypted(tls: &Tls) -> [(&'static str, String); 3] {
    [
        ("ssl-ca", tls.ca()),
        ("ssl-cert", tls.certificate()),
        ("ssl-key", tls.key()),
    ]
}
