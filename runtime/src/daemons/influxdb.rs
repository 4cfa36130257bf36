//! InfluxDB 1, keeping nothing.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::held::without_nul;
use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Install, Isolation, Launch, Process, Quoting, Ready, Site, Software, Step,
};

/// An [InfluxDB](https://docs.influxdata.com/influxdb/v1/) server of the 1.x series, with a database that exists.
///
/// Each test has a server of its own, which starts in some 25 ms: users, databases and what `SHOW` lists belong to the server. It has
/// no users, and listens on 127.0.0.1 only. As root it runs as root.
///
/// What a server does by itself is switched off: reports to its makers, its own monitoring database, subscriptions, continuous queries and
/// what enforces retention policies. A [`setting`](Self::setting) switches it on again.
#[derive(Clone, Debug)]
pub struct Influxdb {
    port: Option<u16>,
    database: String,
    settings: BTreeMap<String, String>,
}

/// What no test needs, and an index that need not be written
/// (<https://docs.influxdata.com/influxdb/v1/administration/config/>).
const SETTINGS: [(&str, &str); 10] = [
    ("reporting-disabled", "true"),
    ("monitor.store-enabled", "false"),
    ("subscriber.enabled", "false"),
    ("continuous_queries.enabled", "false"),
    ("retention.enabled", "false"),
    ("shard-precreation.enabled", "false"),
    ("data.index-version", "inmem"),
    ("data.query-log-enabled", "false"),
    ("http.log-enabled", "false"),
    ("http.pprof-enabled", "false"),
];

impl Default for Influxdb {
    fn default() -> Self {
        Self {
            port: None,
            database: "test".into(),
            settings: BTreeMap::new(),
        }
    }
}

impl Influxdb {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// The name of the database that exists. Default: `test`.
    pub fn database(mut self, name: impl Into<String>) -> Self {
        self.database = name.into();
        self
    }

    /// Sets something of the configuration, named by its section and its name: `setting("http.max-row-limit", "10")`.
    pub fn setting(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.settings.insert(name.into(), value.into());
        self
    }
}

impl Daemon for Influxdb {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let places = [
            ("meta.dir", format!("{dir}/meta")),
            ("data.dir", format!("{dir}/data")),
            ("data.wal-dir", format!("{dir}/wal")),
            ("http.bind-address", format!("127.0.0.1:{port}")),
            // For backups; on its usual port, two servers would collide.
            (
                "bind-address",
                format!("127.0.0.1:{}", site.port_named("rpc")),
            ),
        ];
        let settings = SETTINGS.map(|(name, value)| (name, value.to_owned()));
        let settings = settings.into_iter().chain(places);
        let settings = settings.map(|(name, value)| (name.to_owned(), value));
        // Without a file that it would have to find, all is in the environment.
        let command = Command {
            env: settings
                .chain(self.settings.clone())
                .map(|(name, value)| (variable(&name), value))
                .collect(),
            ..Command::new("influxd", ["-config", "/dev/null"])
        };

        let http_url = format!("http://localhost:{port}");
        let ready = Ready::Http(HttpProbe {
            status: "204".into(),
            ..HttpProbe::get(format!("http://127.0.0.1:{port}/ping"))
        });
        let mut server = Process::new(command, ready).stopped_by("SIGKILL");
        let name = Quoting::Backslash.of(&self.database);
        server.after_ready.push(Step::Wait(Ready::Http(HttpProbe {
            method: "POST".into(),
            payload: vec![("q".into(), format!("CREATE DATABASE \"{name}\""))],
            // An error has the status 200 as well.
            body: r#"\{"statement_id":0\}"#.into(),
            ..HttpProbe::new(format!("http://127.0.0.1:{port}/query"))
        })));

        let mut launch = Launch::new("influxdb");
        launch.software.push(Software {
            version_args: vec!["version".into()],
            install: Install {
                apt: "influxdb".into(),
                brew: "influxdb@1".into(),
                ..Install::default()
            },
            ..Software::new("influxdb", ["influxd"])
        });
        launch.processes.push(server);
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        let encoded = utf8_percent_encode(&self.database, NON_ALPHANUMERIC);
        launch.url = format!("influxdb://localhost:{port}/{encoded}");
        launch.values = [("database", self.database.clone()), ("http_url", http_url)]
            .map(|(name, value)| (name.to_owned(), value))
            .into();
        launch.cli_variables = [
            ("INFLUXDB_PORT", (*port).to_owned()),
            ("INFLUXDB_DATABASE", self.database.clone()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        if self.database.is_empty() {
            launch.invalid = Some("a database needs a name".into());
        }
        let settings = self.settings.values();
        let mut settings = settings.map(|value| ("setting", value));
        launch.invalid = launch
            .invalid
            .or_else(|| unknown(&self.database))
            .or_else(|| settings.find_map(|(option, value)| without_nul(option, value)));
        launch.isolation = Isolation::Server;
        launch
    }
}

/// What is wrong with a name that the server takes for no name of a database.
fn unknown(name: &str) -> Option<String> {
    let wrong = |letter: char| letter.is_control() || "/\\".contains(letter);
    let refused = [".", ".."].contains(&name) || name.contains(wrong);
    refused.then(|| {
        let rule =
            "a name has no slash, no backslash and no control characters, and is not `.` or `..`";
        format!("`database`: {rule}")
    })
}

/// The environment variable that overrides something of the configuration.
fn variable(setting: &str) -> String {
    format!(
        "INFLUXDB_{}",
        setting.replace(['.', '-'], "_").to_uppercase()
    )
}

impl Options for Influxdb {
    const TITLE: &'static str = "InfluxDB 1";
    const GETS: &'static str = "a server of its own, with a database";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port).pifpaf("51234"),
            Opt::text(
                "database",
                "NAME",
                "has this database, rather than `test`",
                |influxdb, name| Ok(influxdb.database(name)),
            ),
        ]
    }
}

impl Instance<Influxdb> {
    /// The database that exists.
    pub fn database(&self) -> &str {
        self.value("database")
    }

    /// The server's address, as client libraries take it: `http://localhost:8086`.
    pub fn http_url(&self) -> &str {
        self.value("http_url")
    }
}
