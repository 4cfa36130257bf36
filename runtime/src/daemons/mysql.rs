//! MariaDB, keeping nothing.

use super::choice::Choice;
use super::declare::{declare, values};
use super::init::{Init, InitSource};
use super::period::Period;
use super::slot::{Settings, Timeout};
use super::sql::{Sql, SqlIsolation};
use crate::daemon::{Daemon, Prepare};
use crate::launch::{
    Command, Databases, Launch, Process, Protocol, Quoting, Ready, Site, Software, Step,
};

declare! {
    /// A [MariaDB](https://mariadb.org) server, version 10.5 or later, for clients of MySQL. Oracle's server is initialised and configured
    /// differently, and is not supported.
    ///
    /// Tests share one server for each set of options. A test's database is dropped when the test ends. The administrator is `root`, whose
    /// password is in the URL. The server listens on 127.0.0.1, and on a unix socket in [`Instance::dir`](crate::Instance::dir) that
    /// requires no password. Accounts, their rights and global variables belong to the server, which tests share.
    ///
    /// Committed data survives a stop and a crash of the server, but not of the machine: it writes no binary log and does not wait for
    /// disks. As root it runs as the user `mysql`, or `nobody` if there is none.
    #[title("MariaDB")]
    #[a_test_gets("a database in a shared MariaDB server")]
    pub struct Mysql {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Run this version, such as `10.11` or `10.11.6`.
        ///
        /// It must be installed. Default: the first on `PATH`.
        #[value("VERSION")]
        version(impl Into<String>): Option<String>,
        /// Set a [variable](https://mariadb.com/kb/en/server-system-variables/) of the server.
        ///
        /// Tests that set different ones get different servers.
        #[several(settings(impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>))]
        setting(impl Into<String>, impl Into<String>): Settings = Settings::one,
        /// Run this SQL file or directory of migrations first.
        ///
        /// It may also be a function; see [`Init`]. It runs once in a session, in a database of which those of the tests are copies.
        ///
        /// Copied are tables with their rows, sequences, views, procedures, functions, triggers and events; not the history of
        /// system-versioned tables, and not rights on this one database: grant them on `*.*`.
        ///
        /// Scripts may contain `DELIMITER` lines, as for the `mysql` program.
        init<Kind>(impl Init<Kind>): InitSource = Init::source,
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

values! { Mysql {
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
} }

/// How the files are laid out: as small as possible, since they are copied.
const LAYOUT: [&str; 4] = [
    "--innodb-data-file-path=ibdata1:3M:autoextend",
    "--innodb-autoextend-increment=1",
    "--innodb-log-file-size=4M",
    "--aria-log-file-size=8M",
];

/// What makes a server fast whose data is thrown away
/// (<https://mariadb.com/kb/en/server-system-variables/>, <https://mariadb.com/kb/en/innodb-system-variables/>), and turns off what no test
/// needs.
const SETTINGS: [(&str, &str); 18] = [
    ("bind-address", "127.0.0.1"),
    // Otherwise clients from 127.0.0.1 would be `localhost`, like those of the socket.
    ("skip-name-resolve", "1"),
    ("debug-no-sync", "1"),
    ("innodb-flush-method", "nosync"),
    ("innodb-flush-log-at-trx-commit", "2"),
    ("innodb-doublewrite", "0"),
    ("innodb-buffer-pool-size", "64M"),
    ("innodb-buffer-pool-load-at-startup", "0"),
    ("innodb-buffer-pool-dump-at-shutdown", "0"),
    ("innodb-temp-data-file-path", "ibtmp1:1M:autoextend"),
    ("performance-schema", "0"),
    ("skip-log-bin", "1"),
    ("key-buffer-size", "1M"),
    ("aria-pagecache-buffer-size", "8M"),
    ("max-connections", "200"),
    ("table-open-cache", "1000"),
    ("max-allowed-packet", "1G"),
    // A client that is killed does not say goodbye, which is nothing to warn of.
    ("log-warnings", "1"),
];

/// Completes a new installation: over the socket everybody who can reach it is `root`, over TCP whoever knows the password, and nobody
/// before one is set. Each start copies the installation, so it goes without help for the client program and without views of statistics
/// that are not kept. The databases are for tests without one of their own.
const INSTALLATION: &str = include_str!("mysql.sql");

impl Daemon for Mysql {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let (data, socket) = (format!("{dir}/data"), format!("{dir}/socket"));
        let password = format!("{dir}/password.sql");
        // It runs before anybody can connect, and whatever the settings are.
        let set_password = format!(
            "SET SESSION TRANSACTION READ WRITE;\n\
             ALTER USER 'root'@'%' IDENTIFIED BY '{secret}' ACCOUNT UNLOCK;\n"
        );
        let (database, in_url) = (site.value("database"), Quoting::Path.of(&socket));
        let software = |name, program: &str| {
            Software::new(name, [program])
                .apt("mariadb-server")
                .brew("mariadb")
        };
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
        let settings = sql.settings(&SETTINGS);
        let server =
            command("mariadbd", places).args(settings.map(|setting| format!("--{setting}")));
        // The greeting, which is sent once there is a password: its length, its number and the protocol's version.
        let ready = Ready::exchange(&socket, "", r"(?s)...\x00\x0a");

        let launch = Launch::new("mysql")
            .needs(software("mysql", "mariadbd").version(self.version.clone()))
            // Asked for its version, this one would install something.
            .needs(software("mysql-install", "mariadb-install-db").version_args([""; 0]))
            .prepare(Step::template(data, installation(site.template)))
            .write(password, set_password)
            .run(Process::new(server, ready).stopped_by("SIGKILL"))
            .fixed_port("", self.port)
            .url(format!("mysql://root:{secret}@127.0.0.1:{port}/{database}"))
            .variables([
                ("MYSQL_HOST", "127.0.0.1"),
                ("MYSQL_TCP_PORT", port),
                ("MYSQL_UNIX_PORT", &socket),
                ("MYSQL_PWD", &site.value("password")),
            ])
            .cli_variables([("MYSQL_SOCKET", &socket)])
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
            });
        sql.isolate(launch, databases, "`init` needs")
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}

/// Makes a new installation in a template.
fn installation(template: &str) -> [Step; 3] {
    let data = format!("--datadir={template}");
    let installation = format!("{template}/installation.sql");
    let init_file = format!("--init-file={installation}");
    let method = "--auth-root-authentication-method=normal";
    let install = command("mariadb-install-db", [&data, method, "--skip-test-db"]);
    // It is relative to the data directory, whose path may be too long for that of a socket.
    let socket = "--socket=socket";
    let complete = command("mariadbd", [&data, &init_file, socket, "--skip-networking"]);
    [
        Step::Run(install),
        Step::write(installation, INSTALLATION),
        Step::Run(complete),
    ]
}

/// A command that knows the layout and ignores the configuration of the machine.
fn command<A: Into<String>>(program: &str, args: impl IntoIterator<Item = A>) -> Command {
    Command::new(program, ["--no-defaults"])
        .args(args)
        .args(LAYOUT)
        .as_root("mysql")
}
