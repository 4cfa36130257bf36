//! PostgreSQL, keeping nothing.

use super::choice::Choice;
use super::declare::{declare, values};
use super::init::Init;
use super::init_slot::SqlInit;
use super::libpq;
use super::period::Period;
use super::postgres_initdb::{Locale, software};
use super::postgres_server::PostgresServer;
use super::slot::{Names, Settings, Timeout};
use super::sql::{Sql, SqlIsolation};
use super::tls::{self, Tls};
use crate::daemon::{Daemon, Prepare};
use crate::launch::{self, Databases, Launch, OverWire, Protocol, Quoting, Reuse, Site, Step};

declare! {
    /// A [PostgreSQL](https://www.postgresql.org) server, version 13 or later.
    ///
    /// Tests share one server for each set of options. A test's database is cloned from `template1`, and dropped when the test ends. The
    /// superuser is `postgres`, whose password is in the URL. The server listens on 127.0.0.1, and on a unix socket in
    /// [`Instance::dir`](crate::Instance::dir) that requires no password.
    ///
    /// The [`variables`](crate::Instance::variables) are those of libpq: with them, `psql` and other clients reach the test's database whatever
    /// `PGSERVICE`, `PGHOSTADDR`, `PGOPTIONS`, `PGSSLMODE` and the like the user's environment has.
    ///
    /// It runs without `fsync`, full-page writes and synchronous commits. What was committed survives a [stop](crate::Instance::stop) and a
    /// [restart](crate::Instance::restart) by the test, but not a crash; [`kill`](crate::Instance::kill) tells which settings change that. As
    /// root it runs as the user `postgres`, or `nobody` if there is none.
    #[title("PostgreSQL")]
    #[a_test_gets("a database in a shared server")]
    pub struct Postgres {
        /// Listen on this port instead of a leased one.
        #[pifpaf("9824")]
        port(u16): Option<u16>,
        /// Run this version, such as `15` or `15.4`.
        ///
        /// It must be installed. Default: the first on `PATH`, or else the highest.
        #[value("VERSION")]
        version(impl Into<String>): Option<String>,
        /// Set a [parameter](https://www.postgresql.org/docs/current/runtime-config.html) of the server.
        ///
        /// Tests that set different ones get different servers. The server accepts 500 connections; where tests need more, clients read
        /// `too many clients already`, or a pool of theirs runs out of time: set `max_connections`.
        #[several(settings(impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>))]
        setting(impl Into<String>, impl Into<String>): Settings = Settings::one,
        /// Choose the locale of databases: how texts are sorted, and what is a letter.
        ///
        /// Default: `C.UTF-8`, which knows all letters of Unicode and sorts by code point: by the provider `builtin` from PostgreSQL 17 on, by
        /// libc before. On a system that has no such locale, sorting is the same and letters are those of `en_US.UTF-8`, or of ASCII if that is
        /// missing too; the log says so.
        ///
        /// | | |
        /// |---|---|
        /// | `"de_DE.UTF-8"` | a locale of the system, one of `locale -a` |
        /// | `"icu:de-DE"` | a locale of [ICU](https://www.postgresql.org/docs/current/locale.html#LOCALE-PROVIDERS); from PostgreSQL 15 on |
        /// | `"builtin:PG_UNICODE_FAST"` | a locale of PostgreSQL itself; from PostgreSQL 17 or 18 on |
        /// | `"C"` | only ASCII letters are letters |
        ///
        /// Equal texts are equal bytes in all of them. For a collation that ignores case or accents,
        /// [create one](https://www.postgresql.org/docs/current/collation.html#COLLATION-NONDETERMINISTIC) in `init`. Messages are English; set
        /// `lc_messages` for others. Tests that choose different locales get different servers. An existing server keeps its own.
        locale(impl Into<String>): Locale,
        /// Allow clients to replicate, physically and logically.
        ///
        /// Logical slots, subscriptions and prepared transactions in a test's database are removed with it. Physical slots belong to the
        /// server, which tests share; it keeps at most 1 GB of its log for a slot. Default: no.
        replication(bool): bool,
        /// Accept TLS too, with the certificate of a throw-away authority.
        ///
        /// The certificate is for `localhost`, `127.0.0.1` and `::1`. Clients trust [`ca_file`](crate::Instance::<Postgres>::ca_file); libpq does so
        /// by the [`variables`](crate::Instance::variables), with `sslmode=verify-full`. The URL is the same, since drivers name these
        /// options differently. Connections without TLS remain possible. Needs `openssl` 3. Default: no.
        tls(bool): bool,
        /// Create these extensions in every database.
        ///
        /// Extensions that they need are created too. All must be installed on the machine.
        extensions(impl IntoIterator<Item = impl Into<String>>): Names = Names::of,
        /// Create these roles.
        ///
        /// They can log in with the [`password`](crate::Instance::<Postgres>::password) of the server. Like all roles they belong to the
        /// server, which tests share.
        roles(impl IntoIterator<Item = impl Into<String>>): Names = Names::of,
        /// Run this SQL file or directory of migrations first.
        ///
        /// It may also be a function; see [`Init`]. It runs once in a session, in the database from which those of the tests are cloned.
        ///
        /// Scripts mean what they mean in `psql`: dumps by `pg_dump`, `pg_dump --create` and `pg_dumpall` run as they are, if one database is in
        /// them. Whatever name they have for it, it is the test's database: `CREATE DATABASE` and `DROP DATABASE` are left out. Other commands
        /// of `psql`, such as `\i`, are refused. A file runs in one transaction, unless a statement cannot be in one, such as `VACUUM` or
        /// `CREATE INDEX CONCURRENTLY`; then each such statement runs by itself. The first error ends it.
        ///
        /// What belongs to the database itself is copied too: its owner, rights, connection limit, comment and settings. A script gets its
        /// name from `current_database()`, as in `EXECUTE format('ALTER DATABASE %I SET …', current_database())`. Replication slots,
        /// subscriptions and prepared transactions cannot be copied, and are refused.
        init<Kind>(impl Init<Kind>): SqlInit = Init::source,
        /// Choose what each test gets: `database` or `none`.
        ///
        /// With `"none"`, all tests use the database `postgres`, with whatever others have left in it. Default: `"database"`.
        isolation(impl Into<String>): Choice<SqlIsolation>,
        /// Limit how long the server may take to start, and a test to get its database.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { Postgres {
    /// The test's database.
    database: String,
    /// The superuser, who needs no password on the socket.
    username: String,
    /// The password over TCP of the superuser and of all [`roles`](Postgres::roles). It is random for each server.
    password: String,
    /// The server's unix socket.
    socket: Path,
    /// A URL that uses the unix socket, for clients that are made with libpq.
    socket_url: String,
    /// The certificate of the authority that has signed the server's, in PEM format.
    ///
    /// # Panics
    ///
    /// Without [`tls`](Postgres::tls).
    ca_file: Option<String>,
} }

/// What the log says if the server refuses a connection since all that it allows are open.
const FULL: [&str; 2] = [
    "sorry, too many clients already",
    "remaining connection slots are reserved",
];
const FEWER: &str =
    "set `max_connections` higher with the option `setting`, or have tests open fewer connections";

impl Daemon for Postgres {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let (data, socket) = (format!("{dir}/data"), format!("{dir}/.s.PGSQL.{port}"));
        let (services, neutral) = libpq::neutral(dir);
        let (database, in_url) = (site.value("database"), Quoting::Path.of(dir));
        let databases = Databases::new(Protocol::Postgres, &socket, "postgres", *secret)
            .template("template1")
            .init(launch::Init {
                roles: self.roles.0.clone(),
                extensions: self.extensions.0.clone(),
                ..self.init.launched()
            });
        let tls = self.tls.then(|| Tls::within(dir));
        let sql = Sql {
            settings: &self.setting,
            isolation: &self.isolation,
            timeout: &self.timeout,
            init: &self.init,
        };
        let server = PostgresServer {
            site,
            data: &data,
            sql: &sql,
            replication: self.replication,
            tls: tls.as_ref(),
        };
        let set_password = Step::execute(
            Protocol::Postgres,
            &socket,
            "postgres",
            "set the password of postgres",
            format!("ALTER ROLE postgres PASSWORD '{}'", Quoting::Sql.of(secret)),
        );

        let url = format!("postgresql://postgres:{secret}@127.0.0.1:{port}/{database}");
        let launch = Launch::new("postgres")
            .needs(software(self.version.as_deref()))
            .prepare(Step::template(
                &data,
                [Step::Run(self.locale.initdb(site.template))],
            ))
            .prepare(server.permit())
            .prepare(services)
            .run(server.process().after_ready(set_password))
            .reuse(Reuse::new("FIXTURED_POSTGRES_URL", 5432).unless(self.tls.then_some(tls::OWN)))
            .fixed_port("", self.port)
            .url(&url)
            .values(Values {
                database: "postgres".into(),
                username: "postgres".into(),
                password: (*secret).into(),
                socket_url: format!(
                    "postgresql:///{database}?host={in_url}&port={port}&user=postgres"
                ),
                socket,
                ca_file: tls.as_ref().map(Tls::ca),
            })
            .variables([
                ("PGHOST", "127.0.0.1"),
                ("PGPORT", port),
                ("PGUSER", &site.value("username")),
                ("PGPASSWORD", &site.value("password")),
                ("PGDATABASE", &database),
                ("PGDATA", &data),
            ])
            .variables(neutral)
            .over_wire(OverWire::new().values([("socket_url", &url)]))
            .invalid(self.locale.problem());
        let launch = FULL
            .iter()
            .fold(launch, |launch, words| launch.advice(*words, FEWER));
        let launch = match &tls {
            None => launch,
            Some(tls) => tls
                .prepare(launch, site.template, "postgres")
                .variables([("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", &tls.ca())]),
        };
        sql.isolate(launch, databases, "`init`, `extensions` and `roles` need")
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}
