//! Gnocchi, with a PostgreSQL server of its own.

use percent_encoding::percent_decode_str;

use super::held::one_line;
use super::options::{Opt, Options};
use super::oslo::{POSTGRES_URL, of_postgres, oslo};
use super::{Ceph, Postgres, Redis, S3rver, Swift};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Install, Isolation, Launch, Process, Ready, Site, Software, Step,
};

/// A [Gnocchi](https://gnocchi.osci.io) server, version 4.5 or later: API, `metricd` and `statsd`, with a [PostgreSQL](Postgres) server of its
/// own as the index, and files as the storage.
///
/// All tests share it with all that is in it, since it takes seconds to start; names that begin with its value `prefix` are a test's own.
/// Clients log in by name alone, as `admin`. Measures are there within some two seconds after they were sent, or at once for a request with
/// `refresh=true`.
#[derive(Clone, Debug, Default)]
pub struct Gnocchi {
    port: Option<u16>,
    statsd_port: Option<u16>,
    indexer_port: Option<u16>,
    coordination_port: Option<u16>,
    coordinated_by_redis: bool,
    indexer_url: Option<String>,
    storage: Storage,
    problem: Option<String>,
}

#[derive(Clone, Debug, Default)]
enum Storage {
    #[default]
    Files,
    Redis,
    S3,
    Swift,
    Ceph,
    /// The server at a URL, as its driver and settings.
    Existing(Vec<(&'static str, String)>),
}

const SERVE: &str = concat!(
    include_str!("python/serve.py"),
    include_str!("python/gnocchi.py")
);

/// What statsd's metrics belong to.
const RESOURCE: &str = "57a75d00-0000-4000-8000-000000000000";

impl Gnocchi {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Takes the datagrams of statsd on this port, rather than on a leased one.
    pub fn statsd_port(mut self, port: u16) -> Self {
        self.statsd_port = Some(port);
        self
    }

    /// Has the PostgreSQL server of the index listen on this port, rather than on a leased one.
    pub fn indexer_port(mut self, port: u16) -> Self {
        self.indexer_port = Some(port);
        self
    }

    /// Has the Redis server of [`coordination_driver`](Self::coordination_driver) listen on this port, rather than on a leased one.
    pub fn coordination_port(mut self, port: u16) -> Self {
        self.coordination_port = Some(port);
        self
    }

    /// Coordinates its processes by way of a [Redis](Redis) server of its own (`"redis"`), or by what it has anyway (`"default"`).
    pub fn coordination_driver(mut self, driver: &str) -> Self {
        match driver {
            "default" => self.coordinated_by_redis = false,
            "redis" => self.coordinated_by_redis = true,
            other => {
                let known = "write \"default\" or \"redis\"";
                self.problem = Some(format!(
                    "no coordination driver is called `{other}`: {known}"
                ));
            }
        }
        self
    }

    /// Keeps its index in this database (`postgresql://…`, `mysql+pymysql://…`), rather than in a server of its own. What is missing in it is made.
    pub fn indexer_url(mut self, url: impl Into<String>) -> Self {
        self.indexer_url = Some(url.into());
        self
    }

    /// Keeps measures in `"file"`s, or in a server of its own, which is started with it: [`"redis"`](Redis), [`"s3"`](S3rver),
    /// [`"swift"`](Swift) or [`"ceph"`](Ceph), which wants Python's module `rados` too (Debian's `python3-rados`). Default: files.
    pub fn storage(mut self, storage: &str) -> Self {
        match storage {
            "file" => self.storage = Storage::Files,
            "redis" => self.storage = Storage::Redis,
            "s3" => self.storage = Storage::S3,
            "swift" => self.storage = Storage::Swift,
            "ceph" => self.storage = Storage::Ceph,
            other => {
                let known = "write \"file\", \"redis\", \"s3\", \"swift\" or \"ceph\"";
                self.problem = Some(format!("no storage is called `{other}`: {known}"));
            }
        }
        self
    }

    /// Keeps measures at this URL: `file:///directory`, `redis://[:password@]host:port`, `s3://[key:secret@]host:port`,
    /// `swift://user:key@host:port/auth/v1.0` or `ceph:///path/of/ceph.conf`.
    pub fn storage_url(mut self, url: &str) -> Self {
        match existing(url) {
            Ok(settings) => self.storage = Storage::Existing(settings),
            Err(problem) => self.problem = Some(problem),
        }
        self
    }
}

/// Driver and settings for the storage at a URL.
fn existing(url: &str) -> Result<Vec<(&'static str, String)>, String> {
    let wrong = || {
        let known =
            "a storage is `file:`, `redis:`, `s3:`, `swift:` or `ceph:` and the rest of a URL";
        format!("`{url}`: {known}")
    };
    let (driver, rest) = url.split_once("://").ok_or_else(wrong)?;
    let (authority, path) = match rest.find('/') {
        Some(at) => rest.split_at(at),
        None => (rest, ""),
    };
    let (login, address) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let decoded = |text: &str, default: &str| match text {
        "" => default.to_owned(),
        text => percent_decode_str(text).decode_utf8_lossy().into_owned(),
    };
    let own_directory = format!("{}/storage", Site::symbolic().dir);
    Ok(match driver {
        "file" => vec![
            ("driver", "file".into()),
            ("file_basepath", decoded(path, &own_directory)),
        ],
        "redis" => vec![("driver", "redis".into()), ("redis_url", url.into())],
        "s3" => vec![
            ("driver", "s3".into()),
            ("s3_endpoint_url", format!("http://{address}{path}")),
            ("s3_access_key_id", decoded(user, "S3RVER")),
            ("s3_secret_access_key", decoded(password, "S3RVER")),
        ],
        "swift" => vec![
            ("driver", "swift".into()),
            ("swift_authurl", format!("http://{address}{path}")),
            ("swift_user", decoded(user, "admin:admin")),
            ("swift_key", decoded(password, "admin")),
        ],
        "ceph" => in_ceph(path),
        _ => return Err(wrong()),
    })
}

fn in_ceph(conf: &str) -> Vec<(&'static str, String)> {
    vec![
        ("driver", "ceph".into()),
        ("ceph_conffile", conf.into()),
        ("ceph_username", "admin".into()),
    ]
}

impl Daemon for Gnocchi {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let statsd_port = site.port_named("statsd");
        let mut launch = Launch::new("gnocchi");
        let software = Software {
            install: Install {
                pip: "'gnocchi[mysql,redis,s3,swift]==4.7.1' psycopg2-binary==2.9.13 waitress==3.0.2 \
                      SQLAlchemy==2.1.9 SQLAlchemy-Utils==0.43.0 numpy==2.4.6".into(),
                ..Install::default()
            },
            ..Software::python("gnocchi", ["gnocchi-upgrade"])
        };
        let python = software.program("python3");
        launch.software.push(software);

        // None of them needs another.
        let mut include = |name: &str, inner: Launch| {
            let first = launch.processes.len();
            launch.include(name, inner);
            if let Some(process) = launch.processes.get_mut(first) {
                process.concurrent = true;
            }
        };
        let mut of_server = Vec::new();
        let index = match &self.indexer_url {
            Some(url) => url.clone(),
            None => {
                let postgres = Postgres::default().isolation("none");
                let postgres = self.indexer_port.into_iter().fold(postgres, Postgres::port);
                include("indexer", postgres.launch(site));
                of_server.extend(of_postgres(site, "indexer"));
                POSTGRES_URL.into()
            }
        };
        let at = |url: &str| existing(url).unwrap_or_default();
        let storage_port = site.port_named("storage");
        let storage = match &self.storage {
            Storage::Existing(settings) => settings.clone(),
            Storage::Files => at("file://"),
            Storage::Redis => {
                include("storage", Redis::default().launch(site));
                at(&format!("redis://localhost:{storage_port}"))
            }
            Storage::S3 => {
                include("storage", S3rver::default().launch(site));
                at(&format!("s3://localhost:{storage_port}"))
            }
            Storage::Swift => {
                include("storage", Swift::default().launch(site));
                at(&format!(
                    "swift://test%3Atester:testing@localhost:{storage_port}/auth/v1.0"
                ))
            }
            Storage::Ceph => {
                let ceph = Ceph::default().pool("gnocchi");
                include("storage", ceph.launch(site));
                in_ceph(&site.value("storage-conf"))
            }
        };
        let mut coordination = String::new();
        if self.coordinated_by_redis {
            let redis = Redis::default();
            let redis = self.coordination_port.into_iter().fold(redis, Redis::port);
            include("coordination", redis.launch(site));
            let port = site.port_named("coordination");
            coordination = format!("coordination_url = redis://localhost:{port}\n");
        }
        let given = [("indexer_url", &index)].into_iter();
        let mut given = given.chain(storage.iter().map(|(_, value)| ("storage_url", value)));
        let problem = given.find_map(|(option, value)| one_line(option, value));
        let storage: String = storage
            .iter()
            .map(|(name, value)| format!("{name} = {}\n", oslo(value)))
            .collect();
        let index = oslo(&index);
        let config = format!(
            "[DEFAULT]\nverbose = false\n{coordination}[api]\nauth_mode = basic\n[storage]\n{storage}[indexer]\nurl = {index}\n\
             [metricd]\nworkers = 1\nmetric_processing_delay = 1\nmetric_cleanup_delay = 1\n\
             [statsd]\nhost = 127.0.0.1\nport = {statsd_port}\nresource_id = {RESOURCE}\ncreator = admin\nflush_delay = 1\n"
        );
        let [script, config_file] =
            ["serve.py", "gnocchi.conf"].map(|name| format!("{dir}/{name}"));
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(python, [&script, &config_file, &address]);
        // A fork has none of the threads that it would start.
        command.env = [("OPENBLAS_NUM_THREADS", "1"), ("PYTHONWARNINGS", "ignore")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        command.env.extend(of_server);
        let ready = Ready::Http(HttpProbe::get(format!("http://{address}/")));
        let mut process = Process::new(command, ready).stopped_by("SIGKILL");
        let files = [(script, SERVE.to_owned()), (config_file, config)];
        process.prepare = files.map(|(path, text)| Step::Write { path, text }).into();
        launch.processes.push(process);
        let ports = [("", self.port), ("statsd", self.statsd_port)];
        let fixed = ports
            .into_iter()
            .filter_map(|(name, port)| Some((name.to_owned(), port?)));
        launch.fixed_ports.extend(fixed);
        self.tell(&mut launch, site);
        launch.isolation = Isolation::Prefix;
        launch.invalid = self.problem.clone().or(problem).or(launch.invalid);
        launch
    }
}

impl Gnocchi {
    /// What its users are told.
    fn tell(&self, launch: &mut Launch, site: &Site) {
        let port = site.port;
        let http_url = format!("http://localhost:{port}");
        let texts = |texts: &[(&str, &str)]| {
            let texts = texts.iter();
            let owned = texts.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            owned.collect::<Vec<_>>()
        };
        launch.url = format!("gnocchi://localhost:{port}");
        launch.values.extend(texts(&[
            ("http_url", &http_url),
            ("username", "admin"),
            ("statsd_resource", RESOURCE),
            ("prefix", "test"),
        ]));
        launch.variables.extend(texts(&[
            ("GNOCCHI_ENDPOINT", &http_url),
            ("GNOCCHI_USER", "admin"),
            ("GNOCCHI_STATSD_RESOURCE_ID", RESOURCE),
            ("OS_AUTH_TYPE", "gnocchi-basic"),
        ]));
        let prefixed = [("GNOCCHI_PORT", port), ("GNOCCHI_HTTP_URL", &http_url)];
        launch.cli_variables.extend(texts(&prefixed));
    }
}

impl Options for Gnocchi {
    const TITLE: &'static str = "Gnocchi";
    const GETS: &'static str = "a prefix for its names in a server that all tests share";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port).pifpaf("8041"),
            Opt::port(
                "statsd-port",
                "takes statsd's datagrams on this port",
                Self::statsd_port,
            ),
            Opt::port(
                "indexer-port",
                "has its PostgreSQL server listen on this port",
                Self::indexer_port,
            )
            .pifpaf("9541"),
            Opt::<Self>::text(
                "coordination-driver",
                "DRIVER",
                "coordinates by way of this, default or redis",
                |it, driver| Ok(it.coordination_driver(driver)),
            )
            .pifpaf("default"),
            Opt::port(
                "coordination-port",
                "has the Redis server that coordinates listen on this port",
                Self::coordination_port,
            )
            .pifpaf("9542"),
            Opt::text(
                "indexer-url",
                "URL",
                "keeps its index in this database",
                |it, url| Ok(it.indexer_url(url)),
            ),
            Opt::text(
                "storage",
                "STORAGE",
                "keeps measures in files (file) or in a server of its own (redis, s3, swift, ceph)",
                |it, storage| Ok(it.storage(storage)),
            ),
            Opt::text(
                "storage-url",
                "URL",
                "keeps measures there: file, redis, s3, swift or ceph",
                |it, url| Ok(it.storage_url(url)),
            ),
        ]
    }
}

impl Instance<Gnocchi> {
    /// The URL of its API.
    pub fn http_url(&self) -> &str {
        self.value("http_url")
    }

    /// The user to log in as, by HTTP's basic authentication with any password.
    pub fn username(&self) -> &str {
        self.value("username")
    }

    /// The port of statsd, by UDP.
    pub fn statsd_port(&self) -> u16 {
        self.port_named("statsd")
    }

    /// The resource to which the metrics belong that statsd was told of.
    pub fn statsd_resource(&self) -> &str {
        self.value("statsd_resource")
    }

    /// What the names of what this test makes begin with, to tell it from what others make.
    pub fn prefix(&self) -> &str {
        self.value("prefix")
    }
}
