//! Aodh, with its own PostgreSQL server and Gnocchi.

use super::Gnocchi;
use super::declare::{declare, values};
use super::openstack::{Database, Service};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{Launch, Site};

declare! {
    /// An [Aodh](https://docs.openstack.org/aodh/latest/) server: API and evaluator, with its own [PostgreSQL](super::Postgres) server and
    /// [`Gnocchi`].
    ///
    /// Tests share the server and its data, since it takes seconds to start; begin names with [`prefix`](Instance::<Aodh>::prefix). It trusts the
    /// headers `X-Roles`, `X-User-Id` and `X-Project-Id` of a request. Alarms are evaluated every second.
    #[title("Aodh")]
    #[a_test_gets("a prefix for its names in a shared server")]
    pub struct Aodh {
        /// Listen on this port instead of a leased one.
        #[pifpaf("8042")]
        port(u16): Option<u16>,
        /// Make its PostgreSQL server listen on this port instead of a leased one.
        #[pifpaf("8050")]
        database_port(u16): Option<u16>,
        /// Keep alarms in the database at this URL instead of a dedicated server.
        ///
        /// For example `postgresql://…` or `mysql+pymysql://…`. Missing tables are created.
        #[value("URL")]
        database_url(impl Into<String>): Option<String>,
        /// Make its Gnocchi listen on this port instead of a leased one.
        #[pifpaf("8051")]
        gnocchi_port(u16): Option<u16>,
        /// Make the PostgreSQL server of its Gnocchi listen on this port instead of a leased one.
        #[pifpaf("8052")]
        gnocchi_indexer_port(u16): Option<u16>,
    }
}

values! { Aodh {
    /// The URL of its API.
    http_url: String,
    /// The prefix for the names of what the test creates, unique among the tests that share the server.
    prefix: String,
} }

impl Instance<Aodh> {
    /// The URL of the API of its [`Gnocchi`].
    pub fn gnocchi_url(&self) -> &str {
        self.value("gnocchi-http_url")
    }

    /// The user for its Gnocchi, with any password.
    pub fn gnocchi_username(&self) -> &str {
        self.value("gnocchi-username")
    }
}

const AODH: Service = Service {
    name: "aodh",
    program: "aodh-evaluator",
    pip: "aodh==23.0.0 'psycopg[binary]==3.3.9' waitress==3.0.2 SQLAlchemy==2.1.9 oslo.db==18.1.1 gnocchiclient==7.2.0",
    script: concat!(
        include_str!("python/serve.py"),
        include_str!("python/aodh.py")
    ),
    env: &[
        ("EVENTLET_NO_GREENDNS", "yes"),
        ("PYTHONWARNINGS", "ignore"),
    ],
    health: "/healthcheck",
};

impl Daemon for Aodh {
    fn launch(&self, site: &Site) -> Launch {
        let url = self.database_url.as_deref();
        let database = Database::new(site, "database", self.database_port, "database_url", url);
        let server = AODH.configured(site, config(site, &database.url), &database);
        let gnocchi = Gnocchi::default()
            .launch(site)
            .fixed_port("", self.gnocchi_port)
            .fixed_port("indexer", self.gnocchi_indexer_port);
        let parts = database.part.into_iter().chain([("gnocchi", gnocchi)]);
        let http_url = AODH.http_url(site);
        let gnocchi_url = site.value("gnocchi-http_url");
        let gnocchi_user = site.value("gnocchi-username");

        AODH.launch(site, parts)
            // It needs its Gnocchi as soon as there are alarms.
            .run(server.concurrent())
            .fixed_port("", self.port)
            .values(Values {
                http_url: http_url.clone(),
                prefix: "test".into(),
            })
            .variables([
                ("AODH_ENDPOINT", &http_url),
                ("GNOCCHI_ENDPOINT", &gnocchi_url),
                ("GNOCCHI_USER", &gnocchi_user),
            ])
            .cli_variables([("AODH_GNOCCHI_USER", gnocchi_user)])
            .invalid(database.problem)
    }
}

fn config(site: &Site, database: &str) -> String {
    let gnocchi_port = site.port_named("gnocchi");
    // Every second it would log that it evaluates the alarms, and how.
    format!(
        "[DEFAULT]\ndefault_log_levels = aodh.evaluator=WARNING,oslo_db.sqlalchemy=ERROR\n\
         [database]\nconnection = {database}\nmax_retries = 0\n[api]\nauth_mode = noauth\n[evaluator]\nevaluation_interval = 1\n\
         [service_credentials]\nauth_type = gnocchi-basic\nuser = admin\nendpoint = http://127.0.0.1:{gnocchi_port}\n"
    )
}
