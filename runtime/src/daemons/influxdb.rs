//! InfluxDB 1, keeping nothing.

use super::declare::{declare, values};
use super::init::Init;
use super::init_slot::DataInit;
use super::login::encoded;
use super::period::Period;
use super::slot::{Settings, Timeout};
use super::validation::without_nul;
use crate::daemon::{Daemon, Prepare};
use crate::launch::{
    Command, HttpProbe, Isolation, Launch, Process, Protocol, Quoting, Ready, Reuse, Seed, Site,
    Software, Step,
};

declare! {
    /// An [InfluxDB](https://docs.influxdata.com/influxdb/v1/) server of the 1.x series.
    ///
    /// It starts in about 25 ms, so tests do not share it: users, databases and what `SHOW` lists belong to the server. It has no users and
    /// listens on 127.0.0.1 only. As root it runs as root.
    ///
    /// In an existing server (`FIXTURED_INFLUXDB_URL`), each test has a database, which is dropped afterwards.
    ///
    /// Background work is switched off: usage reports, its own monitoring database, subscriptions, continuous queries and the
    /// enforcement of retention policies. A [`setting`](Self::setting) switches it on again.
    #[title("InfluxDB 1")]
    #[a_test_gets("a dedicated server with a database")]
    pub struct Influxdb {
        /// Listen on this port instead of a leased one.
        #[pifpaf("51234")]
        port(u16): Option<u16>,
        /// Create this database.
        ///
        /// Default: `test`.
        #[value("NAME")]
        database(impl Into<String>): Option<String>,
        /// Set an option of the [configuration](https://docs.influxdata.com/influxdb/v1/administration/config/).
        ///
        /// Its section and its name are joined by a dot: `setting("http.max-row-limit", "10")`.
        setting(impl Into<String>, impl Into<String>): Settings = Settings::one,
        /// Start from a copy of this data directory.
        ///
        /// It may also be a function, which fills a first server; see [`Init`]. The directory contains `meta`, `data` and `wal`.
        init<Kind>(impl Init<Kind>): DataInit = Init::source,
        /// Limit how long the server may take to start, and a test to get its data.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { Influxdb {
    /// The database that exists.
    database: String,
    /// The URL for clients such as the crate `influxdb`, which take the database separately: `http://localhost:8086`.
    http_url: String,
} }

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

impl Daemon for Influxdb {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let database = self.database.clone().unwrap_or("test".into());
        let data = format!("{dir}/influxdb");
        let places = [
            ("meta.dir", format!("{data}/meta")),
            ("data.dir", format!("{data}/data")),
            ("data.wal-dir", format!("{data}/wal")),
            ("http.bind-address", format!("127.0.0.1:{port}")),
            // For backups; on its usual port, two servers would collide.
            (
                "bind-address",
                format!("127.0.0.1:{}", site.port_named("rpc")),
            ),
        ];
        let own = self.settings_of_user();
        // Without a file that it would have to find, all is in the environment.
        let command = Command::new("influxd", ["-config", "/dev/null"])
            .envs(SETTINGS.map(|(name, value)| (variable(name), value)))
            .envs(places.map(|(name, value)| (variable(name), value)))
            .envs(own.map(|(name, value)| (variable(name), value)));
        let ping = HttpProbe::get(format!("http://127.0.0.1:{port}/ping")).status("204");
        let name = Quoting::Backslash.of(&database);
        let create = HttpProbe::new(format!("http://127.0.0.1:{port}/query"))
            .method("POST")
            .field("q", format!("CREATE DATABASE \"{name}\""))
            // An error has the status 200 as well.
            .body(r#"\{"statement_id":0\}"#);
        let server = Process::new(command, Ready::Http(ping))
            .stopped_by("SIGKILL")
            .after_ready(Step::Wait(Ready::Http(create)));
        let mut given = self.settings_of_user();
        let authority = site.value("authority");

        let launch = Launch::new("influxdb")
            .needs(
                Software::new("influxdb", ["influxd"])
                    .version_args(["version"])
                    .apt("influxdb")
                    .brew("influxdb@1"),
            )
            .run(server)
            .reuse(
                Reuse::new("FIXTURED_INFLUXDB_URL", 8086)
                    .creates(Protocol::Influxdb)
                    .url(format!("influxdb://{authority}/{}", site.value("database")))
                    .values([("http_url", format!("http://{}", site.value("address")))])
                    .unless(
                        (!self.setting.0.is_empty())
                            .then_some("a test wants a `setting`, which is that of a whole server"),
                    )
                    .unless(
                        self.database
                            .as_ref()
                            .map(|_| "a test names its `database`, and would share it with others"),
                    ),
            )
            .fixed_port("", self.port)
            .url(format!(
                "influxdb://localhost:{port}/{}",
                encoded(&database)
            ))
            .cli_variables([("INFLUXDB_PORT", *port), ("INFLUXDB_DATABASE", &database)])
            .invalid(database.is_empty().then_some("a database needs a name"))
            .invalid(unknown(&database))
            .invalid(given.find_map(|(_, value)| without_nul("setting", value)))
            .values(Values {
                database,
                http_url: format!("http://localhost:{port}"),
            })
            .isolation(Isolation::Server);
        self.timeout.limit(self.init.seeds(launch, Seed::new(data)))
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}

impl Influxdb {
    fn settings_of_user(&self) -> impl Iterator<Item = (&str, &str)> {
        let settings = self.setting.0.iter();
        settings.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Why the server would not accept a name for a database.
fn unknown(name: &str) -> Option<&'static str> {
    let wrong = |letter: char| letter.is_control() || "/\\".contains(letter);
    let refused = [".", ".."].contains(&name) || name.contains(wrong);
    refused.then_some(
        "`database`: a name has no slash, no backslash and no control characters, and is not `.` or `..`",
    )
}

/// The environment variable that overrides something of the configuration.
fn variable(setting: &str) -> String {
    let setting = setting.replace(['.', '-'], "_").to_uppercase();
    format!("INFLUXDB_{setting}")
}
