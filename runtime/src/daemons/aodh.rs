//! Aodh, with a PostgreSQL server and a Gnocchi of its own.

use super::held::one_line;
use super::options::{Opt, Options};
use super::oslo::{POSTGRES_URL, of_postgres, oslo};
use super::{Gnocchi, Postgres};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Install, Isolation, Launch, Process, Ready, Site, Software, Step,
};

/// An [Aodh](https://docs.openstack.org/aodh/latest/) server: API and evaluator, with a [PostgreSQL](Postgres) server and a [Gnocchi] of its own.
///
/// All tests share it with all that is in it, since it takes seconds to start; names that begin with its value `prefix` are a test's own.
/// It believes what the headers `X-Roles`, `X-User-Id` and `X-Project-Id` of a request say. Alarms are evaluated every second.
#[derive(Clone, Debug, Default)]
pub struct Aodh {
    port: Option<u16>,
    database_port: Option<u16>,
    database_url: Option<String>,
    gnocchi: Gnocchi,
}

const SERVE: &str = concat!(
    include_str!("python/serve.py"),
    include_str!("python/aodh.py")
);

impl Aodh {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Has its PostgreSQL server listen on this port, rather than on a leased one.
    pub fn database_port(mut self, port: u16) -> Self {
        self.database_port = Some(port);
        self
    }

    /// Keeps alarms in this database (`postgresql://…`, `mysql+pymysql://…`), rather than in a server of its own. What is missing in it is made.
    pub fn database_url(mut self, url: impl Into<String>) -> Self {
        self.database_url = Some(url.into());
        self
    }

    /// Has its Gnocchi listen on this port, rather than on a leased one.
    pub fn gnocchi_port(mut self, port: u16) -> Self {
        self.gnocchi = self.gnocchi.port(port);
        self
    }

    /// Has the PostgreSQL server of its Gnocchi listen on this port, rather than on a leased one.
    pub fn gnocchi_indexer_port(mut self, port: u16) -> Self {
        self.gnocchi = self.gnocchi.indexer_port(port);
        self
    }
}

impl Daemon for Aodh {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let mut launch = Launch::new("aodh");
        let software = Software {
            install: Install {
                pip: "aodh==23.0.0 'psycopg[binary]==3.3.9' waitress==3.0.2 SQLAlchemy==2.1.9 \
                      oslo.db==18.1.1 gnocchiclient==7.2.0"
                    .into(),
                ..Install::default()
            },
            ..Software::python("aodh", ["aodh-evaluator"])
        };
        let python = software.program("python3");
        launch.software.push(software);
        let (mut problem, mut of_server) = (None, Vec::new());
        let database = match &self.database_url {
            Some(url) => {
                problem = one_line("database_url", url);
                url.clone()
            }
            None => {
                let postgres = Postgres::default().isolation("none");
                let postgres = self
                    .database_port
                    .into_iter()
                    .fold(postgres, Postgres::port);
                launch.include("database", postgres.launch(site));
                of_server.extend(of_postgres(site, "database"));
                POSTGRES_URL.into()
            }
        };
        launch.include("gnocchi", self.gnocchi.launch(site));

        // Every second it would say that it looks at the alarms, and how.
        let (database, gnocchi_port) = (oslo(&database), site.port_named("gnocchi"));
        let config = format!(
            "[DEFAULT]\ndefault_log_levels = aodh.evaluator=WARNING,oslo_db.sqlalchemy=ERROR\n\
             [database]\nconnection = {database}\nmax_retries = 0\n[api]\nauth_mode = noauth\n[evaluator]\nevaluation_interval = 1\n\
             [service_credentials]\nauth_type = gnocchi-basic\nuser = admin\nendpoint = http://127.0.0.1:{gnocchi_port}\n"
        );
        let [script, config_file] = ["serve.py", "aodh.conf"].map(|name| format!("{dir}/{name}"));
        let address = format!("127.0.0.1:{port}");
        let mut command = Command::new(python, [&script, &config_file, &address]);
        command.env = [
            ("EVENTLET_NO_GREENDNS", "yes"),
            ("PYTHONWARNINGS", "ignore"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        command.env.extend(of_server);
        let ready = Ready::Http(HttpProbe::get(format!("http://{address}/healthcheck")));
        let mut process = Process::new(command, ready).stopped_by("SIGKILL");
        // It needs its Gnocchi as soon as there are alarms.
        process.concurrent = true;
        let files = [(script, SERVE.to_owned()), (config_file, config)];
        process.prepare = files.map(|(path, text)| Step::Write { path, text }).into();
        launch.processes.push(process);
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        self.tell(&mut launch, site);
        launch.isolation = Isolation::Prefix;
        launch.invalid = launch.invalid.or(problem);
        launch
    }
}

impl Aodh {
    /// What its users are told.
    fn tell(&self, launch: &mut Launch, site: &Site) {
        let port = site.port;
        let http_url = format!("http://localhost:{port}");
        let [gnocchi_url, gnocchi_user] =
            ["http_url", "username"].map(|name| site.value(&format!("gnocchi-{name}")));
        let texts = |texts: &[(&str, &str)]| {
            let texts = texts.iter();
            let owned = texts.map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
            owned.collect::<Vec<_>>()
        };
        launch.url = format!("aodh://localhost:{port}");
        let values = [("http_url", http_url.as_str()), ("prefix", "test")];
        launch.values.extend(texts(&values));
        launch.variables.extend(texts(&[
            ("AODH_ENDPOINT", &http_url),
            ("GNOCCHI_ENDPOINT", &gnocchi_url),
            ("GNOCCHI_USER", &gnocchi_user),
        ]));
        launch.cli_variables.extend(texts(&[
            ("AODH_PORT", port),
            ("AODH_HTTP_URL", &http_url),
            ("AODH_GNOCCHI_USER", &gnocchi_user),
        ]));
    }
}

impl Options for Aodh {
    const TITLE: &'static str = "Aodh";
    const GETS: &'static str = "a prefix for its names in a server that all tests share";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port).pifpaf("8042"),
            Opt::port(
                "database-port",
                "has its PostgreSQL server listen on this port",
                Self::database_port,
            )
            .pifpaf("8050"),
            Opt::text(
                "database-url",
                "URL",
                "keeps alarms in this database",
                |it, url| Ok(it.database_url(url)),
            ),
            Opt::port(
                "gnocchi-port",
                "has its Gnocchi listen on this port",
                Self::gnocchi_port,
            )
            .pifpaf("8051"),
            Opt::port(
                "gnocchi-indexer-port",
                "has the PostgreSQL server of its Gnocchi listen on this port",
                Self::gnocchi_indexer_port,
            )
            .pifpaf("8052"),
        ]
    }
}

impl Instance<Aodh> {
    /// The URL of its API.
    pub fn http_url(&self) -> &str {
        self.value("http_url")
    }

    /// The URL of the API of its [`Gnocchi`].
    pub fn gnocchi_url(&self) -> &str {
        self.value("gnocchi-http_url")
    }

    /// The user to log in as at its Gnocchi, with any password.
    pub fn gnocchi_username(&self) -> &str {
        self.value("gnocchi-username")
    }

    /// What the names of what this test makes begin with, to tell it from what others make.
    pub fn prefix(&self) -> &str {
        self.value("prefix")
    }
}
