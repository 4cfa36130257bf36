//! Gnocchi, with its own PostgreSQL server.

use super::Redis;
use super::choice::{Choice, Choices};
use super::declare::{declare, values};
use super::gnocchi_storage::{Storage, settings};
use super::openstack::{Database, Service};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{Launch, Site};

declare! {
    /// A [Gnocchi](https://gnocchi.osci.io) server, version 4.5 or later: API, `metricd` and `statsd`. By default, its own
    /// [PostgreSQL](super::Postgres) server keeps the index, and files keep the measures.
    ///
    /// Tests share the server and its data, since it takes seconds to start; begin names with [`prefix`](Instance::<Gnocchi>::prefix). Clients log
    /// in by name alone, as `admin`. Measures can be read about two seconds after they were sent, or at once by a request with `refresh=true`.
    #[title("Gnocchi")]
    #[a_test_gets("a prefix for its names in a shared server")]
    pub struct Gnocchi {
        /// Listen on this port instead of a leased one.
        #[pifpaf("8041")]
        port(u16): Option<u16>,
        /// Receive statsd datagrams on this port instead of a leased one.
        statsd_port(u16): Option<u16>,
        /// Make the PostgreSQL server of the index listen on this port instead of a leased one.
        #[pifpaf("9541")]
        indexer_port(u16): Option<u16>,
        /// Coordinate processes through a dedicated Redis server (`redis`) or the servers in use anyway (`default`).
        ///
        /// The latter is the Redis server of the storage, or else the database of the index. Default: `default`.
        #[value("DRIVER")]
        #[pifpaf("default")]
        coordination_driver(impl Into<String>): Choice<Coordination>,
        /// Make the Redis server that coordinates listen on this port instead of a leased one.
        ///
        /// Only for [`coordination_driver("redis")`](Self::coordination_driver).
        #[pifpaf("9542")]
        coordination_port(u16): Option<u16>,
        /// Keep the index in the database at this URL instead of a dedicated server.
        ///
        /// For example `postgresql://…` or `mysql+pymysql://…`. Missing tables are created.
        #[value("URL")]
        indexer_url(impl Into<String>): Option<String>,
        /// Keep measures in files (`file`) or in a dedicated server (`redis`, `s3`, `swift`, `ceph`).
        ///
        /// The server starts with it: [`Redis`], [`S3rver`](super::S3rver), [`Swift`](super::Swift) or [`Ceph`](super::Ceph), which needs Python's module `rados` too (Debian's
        /// `python3-rados`). Default: `file`.
        #[value("STORAGE")]
        storage(impl Into<String>): Choice<Storage>,
        /// Keep measures at this URL: a directory, or a Redis, S3, Swift or Ceph server.
        ///
        /// `file:///directory`, `redis://[:password@]host:port`, `s3://[key:secret@]host:port`, `swift://user:key@host:port/auth/v1.0` or
        /// `ceph:///path/of/ceph.conf`. It takes precedence over [`storage`](Self::storage).
        #[value("URL")]
        storage_url(impl Into<String>): Option<String>,
    }
}

values! { Gnocchi {
    /// The URL of its API.
    http_url: String,
    /// The user for HTTP basic authentication, with any password.
    username: String,
    /// The resource to which the metrics belong that statsd receives.
    statsd_resource: String,
    /// The prefix for the names of what the test creates, unique among the tests that share the server.
    prefix: String,
} }

impl Instance<Gnocchi> {
    /// The UDP port of statsd.
    pub fn statsd_port(&self) -> u16 {
        self.port_named("statsd")
    }
}

/// How its processes coordinate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Coordination {
    #[default]
    Default,
    Redis,
}

impl Choices for Coordination {
    const WHAT: &'static str = "coordination driver";
    const ALL: &'static [(&'static str, Self)] =
        &[("default", Self::Default), ("redis", Self::Redis)];
}

const GNOCCHI: Service = Service {
    name: "gnocchi",
    program: "gnocchi-upgrade",
    pip: "'gnocchi[mysql,redis,s3,swift]==4.7.1' psycopg2-binary==2.9.13 waitress==3.0.2 SQLAlchemy==2.1.9 SQLAlchemy-Utils==0.43.0 numpy==2.4.6",
    script: concat!(
        include_str!("python/serve.py"),
        include_str!("python/gnocchi.py")
    ),
    // A fork has none of the threads that OpenBLAS would start.
    env: &[("OPENBLAS_NUM_THREADS", "1"), ("PYTHONWARNINGS", "ignore")],
    health: "/",
};

/// The resource of statsd's metrics.
const RESOURCE: &str = "57a75d00-0000-4000-8000-000000000000";

impl Daemon for Gnocchi {
    fn launch(&self, site: &Site) -> Launch {
        let url = self.indexer_url.as_deref();
        let index = Database::new(site, "indexer", self.indexer_port, "indexer_url", url);
        let (storage_url, storage) = match &self.storage_url {
            Some(url) => (url.clone(), None),
            None => self.storage.get().dedicated(site),
        };
        let settings = settings("storage_url", &storage_url);
        let redis = || {
            Redis::default()
                .launch(site)
                .fixed_port("", self.coordination_port)
        };
        let coordination = (self.coordination_driver.get() == Coordination::Redis).then(redis);
        let config = config(
            site,
            &index.url,
            settings.as_deref().unwrap_or_default(),
            coordination.is_some(),
        );
        let server = GNOCCHI.configured(site, config, &index);
        let parts = [
            index.part,
            storage.map(|server| ("storage", server)),
            coordination.map(|server| ("coordination", server)),
        ];
        let parts = parts.into_iter().flatten();
        let http_url = GNOCCHI.http_url(site);

        // None of them needs another.
        GNOCCHI
            .launch(site, parts.map(|(name, part)| (name, part.concurrent())))
            .run(server)
            .fixed_port("", self.port)
            .fixed_port("statsd", self.statsd_port)
            .values(Values {
                http_url: http_url.clone(),
                username: "admin".into(),
                statsd_resource: RESOURCE.into(),
                prefix: "test".into(),
            })
            .variables([
                ("GNOCCHI_ENDPOINT", http_url.as_str()),
                ("GNOCCHI_USER", "admin"),
                ("GNOCCHI_STATSD_RESOURCE_ID", RESOURCE),
                ("OS_AUTH_TYPE", "gnocchi-basic"),
            ])
            .invalid(self.coordination_driver.problem())
            .invalid(self.storage.problem())
            .invalid(index.problem)
            .invalid(settings.err())
    }
}

fn config(site: &Site, index: &str, storage: &str, coordinated: bool) -> String {
    let [statsd_port, port] = ["statsd", "coordination"].map(|name| site.port_named(name));
    let coordination = match coordinated {
        true => format!("coordination_url = redis://localhost:{port}\n"),
        false => String::new(),
    };
    format!(
        "[DEFAULT]\nverbose = false\n{coordination}[api]\nauth_mode = basic\n[storage]\n{storage}[indexer]\nurl = {index}\n\
         [metricd]\nworkers = 1\nmetric_processing_delay = 1\nmetric_cleanup_delay = 1\n\
         [statsd]\nhost = 127.0.0.1\nport = {statsd_port}\nresource_id = {RESOURCE}\ncreator = admin\nflush_delay = 1\n"
    )
}
