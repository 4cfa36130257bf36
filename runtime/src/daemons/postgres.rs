//! PostgreSQL, keeping nothing.

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
    self, Command, Databases, Install, Isolation, Launch, Process, Protocol, Quoting, Ready, Reuse,
    Site, Software, Step,
};

/// A [PostgreSQL](https://www.postgresql.org) server, version 13 or later; of several that are installed, the first on `PATH` or the
/// highest.
///
/// Tests share one server for each set of options; each has a database of its own, cloned from `template1` and dropped when the
/// test ends. The superuser is `postgres`, whose password is in the URL. The server listens on 127.0.0.1, and on a unix socket in
/// [`Instance::dir`] where no password is needed.
///
/// Nothing survives a crash of the server: it runs without `fsync`, full-page writes and synchronous commits. As root it runs as
/// the user `postgres`, or `nobody` where there is none.
#[derive(Clone, Debug, Default)]
pub struct Postgres {
    port: Option<u16>,
    timeout: Timeout,
    settings: BTreeMap<String, String>,
    version: Option<String>,
    roles: Vec<String>,
    extensions: Vec<String>,
    init: Read,
    shared_data: bool,
    problem: Option<String>,
}

/// What makes a server fast whose data is thrown away
/// (<https://www.postgresql.org/docs/current/non-durability.html>), and what no test needs.
const SETTINGS: [(&str, &str); 12] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
    ("jit", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("checkpoint_timeout", "1d"),
    ("max_connections", "200"),
    // Shared memory in files of the data directory goes with it, even after SIGKILL.
    ("dynamic_shared_memory_type", "mmap"),
    ("logging_collector", "off"),
    // Every database that is made or dropped is a checkpoint, and the log is for what tests do.
    ("log_checkpoints", "off"),
];

/// Who may connect: over the socket whoever can reach it, by TCP whoever knows the password. It is sent as it is, since nobody listens on
/// loopback, and checking anything else takes clients without optimisation tens of milliseconds.
const ACCESS: &str = "\
local all all trust
local replication all trust
host all all 127.0.0.1/32 password
host replication all 127.0.0.1/32 password
";

impl Postgres {
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

    /// Sets a [parameter](https://www.postgresql.org/docs/current/runtime-config.html) of the server. Tests that set different
    /// ones get different servers.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }

    /// Sets several [parameters](Self::setting).
    pub fn settings<N: Into<String>, V: Into<String>>(
        mut self,
        settings: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let settings = settings.into_iter();
        self.settings
            .extend(settings.map(|(name, value)| (name.into(), value.into())));
        self
    }

    /// Runs this version, `"15"` or `"15.4"`, of those that are installed. Default: the first on `PATH`, or the highest.
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = Some(version.into());
        self
    }

    /// Whether clients may replicate, physically and logically. Default: no.
    pub fn replication(self, replication: bool) -> Self {
        match replication {
            true => self.settings([
                ("wal_level", "logical"),
                ("max_wal_senders", "10"),
                ("max_replication_slots", "10"),
            ]),
            false => self,
        }
    }

    /// Extensions that every database has, with those that they need. They must be installed on the machine.
    pub fn extensions<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.extensions.extend(names.into_iter().map(Into::into));
        self
    }

    /// Roles that exist, who can log in with the [`password`](Instance::<Postgres>::password) of the server. Like all roles they belong to the server, which tests share.
    pub fn roles<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.roles.extend(names.into_iter().map(Into::into));
        self
    }

    /// What every test finds done in its database: a `.sql` file, a directory of migrations, or a function. It is done once in a session, in
    /// the database that all others are cloned from; see [`Init`] for what may be given.
    pub fn init<Kind>(mut self, init: impl Init<Kind>) -> Self {
        self.init = init.read();
        self
    }

    /// `"database"`, a database for each test, which is the default; or `"none"`: all tests use the database `postgres`, with whatever others
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

impl Daemon for Postgres {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let as_postgres = |program, args: Vec<String>| Command {
            as_root: Some("postgres".into()),
            ..Command::new(program, args)
        };
        // A small write-ahead log is faster to copy.
        let initdb =
            "-A trust -U postgres -E UTF8 --no-locale --no-sync --no-instructions --wal-segsize=1";
        let initdb = ["-D", site.template].into_iter().chain(initdb.split(' '));
        let initdb = as_postgres("initdb", initdb.map(Into::into).collect());

        let mut args: Vec<String> = [
            "-D",
            &format!("{dir}/data"),
            // A list, in which quotes keep a comma from beginning the next.
            "-k",
            &format!("\"{}\"", Quoting::Twice.of(dir)),
            "-p",
            port,
            "-h",
            "127.0.0.1",
        ]
        .map(Into::into)
        .into();
        // Whoever may enter the directory may use the socket; by TCP everybody on this machine could come.
        let access = format!("{dir}/access.conf");
        args.extend(["-c".into(), format!("hba_file={access}")]);
        let settings = SETTINGS.map(|(name, value)| (name.to_owned(), value.to_owned()));
        for (name, value) in settings.into_iter().chain(self.settings.clone()) {
            args.extend(["-c".into(), format!("{name}={value}")]);
        }
        // The server accepts connections before it answers them. Asked too early it would make a process that refuses, and log a line;
        // so we go by what it tells `pg_ctl`, whatever it logs, where and in what language.
        let ready = Ready::File {
            path: format!("{dir}/data/postmaster.pid"),
            line: "^ready *$".into(),
        };
        // SIGQUIT ends the server at once, and unlike SIGKILL leaves no shared memory behind.
        let mut server = Process::new(as_postgres("postgres", args), ready).stopped_by("SIGQUIT");

        let socket = format!("{dir}/.s.PGSQL.{port}");
        let (database, in_url) = (site.value("database"), Quoting::Path.of(dir));
        let mut launch = Launch::new("postgres");
        launch.software.push(Software {
            search_paths: vec![
                "/usr/lib/postgresql/*/bin".into(),
                "/usr/pgsql-*/bin".into(),
                "/opt/homebrew/opt/postgresql*/bin".into(),
            ],
            version: self.version.clone(),
            install: Install {
                apt: "postgresql".into(),
                brew: "postgresql@17".into(),
                ..Install::default()
            },
            ..Software::new("postgres", ["postgres", "initdb"])
        });
        launch.prepare.push(Step::Template {
            into: format!("{dir}/data"),
            build: vec![Step::Run(initdb)],
        });
        launch.prepare.push(Step::Write {
            path: access,
            text: ACCESS.into(),
        });
        server.after_ready.push(Step::execute(
            Protocol::Postgres,
            &socket,
            "postgres",
            "set the password of postgres",
            format!("ALTER ROLE postgres PASSWORD '{}'", Quoting::Sql.of(secret)),
        ));
        launch.processes.push(server);
        launch.reuse = Some(Reuse {
            variable: "FIXTURED_POSTGRES_URL".into(),
            port: 5432,
        });
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        launch.url = format!("postgresql://postgres:{secret}@127.0.0.1:{port}/{database}");
        launch.values = [
            ("database", "postgres".to_owned()),
            ("username", "postgres".to_owned()),
            ("password", (*secret).to_owned()),
            ("socket", socket.clone()),
            (
                "socket_url",
                format!("postgresql:///{database}?host={in_url}&port={port}&user=postgres"),
            ),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        launch.variables = [
            ("PGHOST", "127.0.0.1".to_owned()),
            ("PGPORT", (*port).to_owned()),
            ("PGUSER", site.value("username")),
            ("PGPASSWORD", site.value("password")),
            ("PGDATABASE", site.value("database")),
            ("PGDATA", format!("{dir}/data")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        launch.isolation = match self.shared_data {
            true => Isolation::None,
            false => Isolation::Database(Box::new(Databases {
                protocol: Protocol::Postgres,
                socket,
                user: "postgres".into(),
                password: (*secret).into(),
                template: "template1".into(),
                mark: String::new(),
                init: self.start_of_all(),
            })),
        };
        let mut settings = self.settings.values();
        let problem = settings.find_map(|value| without_nul("setting", value));
        let problem = problem.or(self.init.problem.clone());
        launch.invalid = self.problem.clone().or(problem);
        if self.shared_data && self.start_of_all() != launch::Init::default() {
            let problem = "`init`, `extensions` and `roles` need a database for each test; remove `isolation = \"none\"`";
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

impl Postgres {
    fn start_of_all(&self) -> launch::Init {
        launch::Init {
            roles: self.roles.clone(),
            extensions: self.extensions.clone(),
            scripts: self.init.scripts.clone(),
            function: self.init.function.as_ref().map(|(name, _)| name.clone()),
        }
    }
}

impl Options for Postgres {
    const TITLE: &'static str = "PostgreSQL";
    const GETS: &'static str = "a database of its own in a server that all tests share";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port).pifpaf("9824"),
            Opt::text(
                "version",
                "VERSION",
                "runs this version, 15 or 15.4",
                |it, version| Ok(it.version(version)),
            ),
            Opt::text(
                "init",
                "PATH",
                "has carried out this file or these migrations",
                |it, path| Ok(it.init(path)),
            ),
            Opt::text(
                "extensions",
                "NAMES",
                "has these extensions, separated by commas",
                |it, names| Ok(it.extensions(names.split(','))),
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

impl Instance<Postgres> {
    /// The test's own database.
    pub fn database(&self) -> &str {
        self.value("database")
    }

    /// The superuser, who needs no password on the socket.
    pub fn username(&self) -> &str {
        self.value("username")
    }

    /// The password of the superuser, and of all [`roles`](Postgres::roles), by TCP; a random one for each server.
    pub fn password(&self) -> &str {
        self.value("password")
    }

    /// The server's unix socket.
    pub fn socket(&self) -> &Path {
        Path::new(self.value("socket"))
    }

    /// A URL by way of the unix socket, for clients that are made with libpq.
    pub fn socket_url(&self) -> &str {
        self.value("socket_url")
    }
}
