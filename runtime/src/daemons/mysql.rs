//! MariaDB, keeping nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::held::without_nul;
use super::init::{Init, Read};
use super::options::{Opt, Options};
use super::period::Period;
use super::slot::{Slot, Timeout};
use crate::daemon::{Daemon, Prepare};
use crate::instance::Instance;
use crate::launch::{
    self, Command, Databases, Install, Isolation, Launch, Process, Protocol, Quoting, Ready, Site,
    Software, Step,
};

/// A [MariaDB](https://mariadb.org) server, version 10.5 or later, which clients of MySQL use as one of theirs. Oracle's server is not
/// started: it is initialised and configured in other ways.
///
/// Tests share one server for each set of options; each has a database of its own, which is dropped when the test ends. The administrator
/// is `root`, whose password is in the URL. The server listens on 127.0.0.1, and on a unix socket in [`Instance::dir`] where no password
/// is needed. Accounts, their rights and global variables belong to the server, which tests share.
///
/// What is committed survives a stop and a crash of the server, but not one of the machine: it writes no binary log and waits for no disk.
/// As root it runs as the user `mysql`, or `nobody` where there is none.
#[derive(Clone, Debug, Default)]
pub struct Mysql {
    port: Option<u16>,
    timeout: Timeout,
    settings: BTreeMap<String, String>,
    version: Option<String>,
    init: Read,
    shared_data: bool,
    problem: Option<String>,
}

/// How the files are laid out: as small as can be, since they are copied.
const LAYOUT: [&str; 4] = [
    "--innodb-data-file-path=ibdata1:3M:autoextend",
    "--innodb-autoextend-increment=1",
    "--innodb-log-file-size=4M",
    "--aria-log-file-size=8M",
];

/// What makes a server fast whose data is thrown away
/// (<https://mariadb.com/kb/en/server-system-variables/>, <https://mariadb.com/kb/en/innodb-system-variables/>), and what no test needs.
const SETTINGS: [(&str, &str); 18] = [
    ("bind-address", "127.0.0.1"),
    // Otherwise whoever comes from 127.0.0.1 would be `localhost`, like those who use the socket.
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
    // Whoever is killed leaves without a word, which is nothing to warn of.
    ("log-warnings", "1"),
];

/// What becomes of a new installation: over the socket whoever can reach it is `root`, by TCP whoever knows the password, and nobody
/// before there is one. What is copied at each start is as little as can be, without help for the client program and views of statistics
/// that are not made. The databases are for those who have none of their own.
const INSTALLATION: &str = "\
DROP DATABASE IF EXISTS sys;
TRUNCATE TABLE mysql.help_topic;
TRUNCATE TABLE mysql.help_relation;
TRUNCATE TABLE mysql.help_keyword;
TRUNCATE TABLE mysql.help_category;
TRUNCATE TABLE mysql.proxies_priv;
DELETE FROM mysql.global_priv WHERE User = 'root' AND Host <> 'localhost';
FLUSH PRIVILEGES;
CREATE USER 'root'@'%' ACCOUNT LOCK;
GRANT ALL PRIVILEGES ON *.* TO 'root'@'%' WITH GRANT OPTION;
CREATE DATABASE test;
CREATE DATABASE pifpaf;
SHUTDOWN;
";

/// What is done before anybody can connect, whatever the settings are.
fn password_file(secret: &str) -> String {
    format!(
        "SET SESSION TRANSACTION READ WRITE;\nALTER USER 'root'@'%' IDENTIFIED BY '{secret}' ACCOUNT UNLOCK;\n"
    )
}

impl Mysql {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// How long the start of the server may take, and how long a test may wait for its own database. Default: 60 s.
    pub fn timeout(mut self, timeout: impl Period) -> Self {
        self.timeout.put(timeout.duration());
        self
    }

    /// Sets a [variable](https://mariadb.com/kb/en/server-system-variables/) of the server. Tests that set different ones get different
    /// servers.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }

    /// Sets several [variables](Self::setting).
    pub fn settings<N: Into<String>, V: Into<String>>(
        mut self,
        settings: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let settings = settings.into_iter();
        self.settings
            .extend(settings.map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// Runs this version, `"10.11"` or `"10.11.6"`, of those that are installed. Default: the first on `PATH`.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// What every test finds done in its database: a `.sql` file, a directory of migrations, or a function; see [`Init`] for what may be
    /// given. It is done once in a session, in a database that others are made like.
    ///
    /// They get its tables with their rows, sequences, views, procedures, functions, triggers and events. They do not get the history of
    /// system-versioned tables, and rights that were granted on this one database: grant them on `*.*`.
    ///
    /// Scripts may hold lines with `DELIMITER`, as for the `mysql` program.
    pub fn init<Kind>(mut self, init: impl Init<Kind>) -> Self {
        self.init = init.read();
        self
    }

    /// `"database"`, a database for each test, which is the default; or `"none"`: all tests use the database `test`, with whatever others
    /// have left in it.
    pub fn isolation(mut self, isolation: &str) -> Self {
        match isolation {
            "database" => self.shared_data = false,
            "none" => self.shared_data = true,
            other => {
                let known = "write \"database\" or \"none\"";
                self.problem = Some(format!("no isolation is called `{other}`: {known}"));
            }
        }
        self
    }
}

impl Daemon for Mysql {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let socket = format!("{dir}/socket");
        let (database, in_url) = (site.value("database"), Quoting::Path.of(&socket));
        let password = format!("{dir}/password.sql");
        let places = [
            format!("--datadir={dir}/data"),
            format!("--tmpdir={dir}"),
            format!("--pid-file={dir}/pid"),
            format!("--socket={socket}"),
            format!("--port={port}"),
            format!("--init-file={password}"),
        ];
        let mut server = command("mariadbd", &places.each_ref().map(String::as_str));
        let settings = SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        for (name, value) in settings.into_iter().chain(self.settings.clone()) {
            server.args.push(format!("--{name}={value}"));
        }
        // The greeting, which comes when there is a password: its length, its number and the protocol's.
        let ready = Ready::Exchange {
            address: socket.clone(),
            send: String::new(),
            expect: r"(?s)...\x00\x0a".into(),
        };
        let server = Process::new(server, ready).stopped_by("SIGKILL");

        let mut launch = Launch::new("mysql");
        let software = |name, program: &str| Software {
            // Asked for its version, the other one would install something.
            version_args: Vec::new(),
            install: Install {
                apt: "mariadb-server".into(),
                brew: "mariadb".into(),
                ..Install::default()
            },
            ..Software::new(name, [program])
        };
        launch.software.push(Software {
            version: self.version.clone(),
            version_args: vec!["--version".into()],
            ..software("mysql", "mariadbd")
        });
        launch
            .software
            .push(software("mysql-install", "mariadb-install-db"));
        launch.prepare.push(Step::Template {
            into: format!("{dir}/data"),
            build: installation(site.template),
        });
        launch.prepare.push(Step::Write {
            path: password,
            text: password_file(secret),
        });
        launch.processes.push(server);
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        launch.url = format!("mysql://root:{secret}@127.0.0.1:{port}/{database}");
        launch.values = [
            ("database", "test".to_owned()),
            ("username", "root".to_owned()),
            ("password", (*secret).to_owned()),
            ("socket", socket.clone()),
            (
                "socket_url",
                format!("mysql://root@localhost/{database}?socket={in_url}"),
            ),
            (
                "pifpaf_url",
                format!("mysql://root@localhost/pifpaf?unix_socket={in_url}"),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        launch.variables = [
            ("MYSQL_HOST", "127.0.0.1".to_owned()),
            ("MYSQL_TCP_PORT", (*port).to_owned()),
            ("MYSQL_UNIX_PORT", socket.clone()),
            ("MYSQL_PWD", site.value("password")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        launch
            .cli_variables
            .insert("MYSQL_SOCKET".into(), socket.clone());
        launch.isolation = match self.shared_data {
            true => Isolation::None,
            false => Isolation::Database(Box::new(Databases {
                protocol: Protocol::Mysql,
                socket,
                user: "root".into(),
                password: String::new(),
                template: String::new(),
                mark: String::new(),
                init: self.start_of_all(),
            })),
        };
        let mut settings = self.settings.values();
        let problem = settings.find_map(|value| without_nul("setting", value));
        let problem = problem.or(self.init.problem.clone());
        launch.invalid = self.problem.clone().or(problem);
        if self.shared_data && self.start_of_all() != launch::Init::default() {
            let problem = "`init` needs a database for each test; remove `isolation = \"none\"`";
            launch.invalid = Some(problem.into());
        }
        launch.timeout = self.timeout.or(launch.timeout);
        launch.invalid(self.timeout.problem())
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init
            .function
            .as_ref()
            .map(|(_, prepare)| Arc::clone(prepare))
    }
}

/// How a new installation is made, in a template.
fn installation(template: &str) -> Vec<Step> {
    let data = format!("--datadir={template}");
    let installation = format!("{template}/installation.sql");
    let complete_from = format!("--init-file={installation}");
    let install = [
        data.as_str(),
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
    ];
    let complete = [
        data.as_str(),
        &complete_from,
        // In the directory of data, whose path may be too long for that of a socket.
        "--socket=socket",
        "--skip-networking",
    ];
    vec![
        Step::Run(command("mariadb-install-db", &install)),
        Step::Write {
            path: installation,
            text: INSTALLATION.into(),
        },
        Step::Run(command("mariadbd", &complete)),
    ]
}

/// A command that knows the layout, and nothing of what the machine is configured for.
fn command(program: &str, args: &[&str]) -> Command {
    let args = ["--no-defaults"].iter().chain(args).chain(&LAYOUT);
    Command {
        as_root: Some("mysql".into()),
        ..Command::new(program, args.copied())
    }
}

impl Mysql {
    fn start_of_all(&self) -> launch::Init {
        launch::Init {
            scripts: self.init.scripts.clone(),
            function: self.init.function.as_ref().map(|(name, _)| name.clone()),
            ..launch::Init::default()
        }
    }
}

impl Options for Mysql {
    const TITLE: &'static str = "MariaDB";
    const GETS: &'static str = "a database of its own in a MariaDB server that all tests share";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port),
            Opt::text(
                "version",
                "VERSION",
                "runs this version, 10.11 or 10.11.6",
                |it, version| Ok(it.version(version)),
            ),
            Opt::text(
                "init",
                "PATH",
                "has carried out this file or these migrations",
                |it, path| Ok(it.init(path)),
            ),
            Opt::text(
                "setting",
                "NAME=VALUE",
                "runs with this setting",
                |it, setting| {
                    let (name, value) = setting.split_once('=').ok_or("write NAME=VALUE")?;
                    Ok(it.setting(name, value))
                },
            ),
            Opt::text(
                "timeout",
                "TIME",
                "may take this long to start and to carry out `init`, 90s or 5m",
                |it, timeout| Ok(it.timeout(timeout)),
            ),
        ]
    }
}

impl Instance<Mysql> {
    /// The test's own database.
    pub fn database(&self) -> &str {
        self.value("database")
    }

    /// The administrator, who needs no password on the socket.
    pub fn username(&self) -> &str {
        self.value("username")
    }

    /// The password of the administrator by TCP; a random one for each server.
    pub fn password(&self) -> &str {
        self.value("password")
    }

    /// The server's unix socket.
    pub fn socket(&self) -> &Path {
        Path::new(self.value("socket"))
    }

    /// A URL by way of the unix socket.
    pub fn socket_url(&self) -> &str {
        self.value("socket_url")
    }
}
