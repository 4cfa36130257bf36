//! CouchDB, one node without a cluster.

use super::declare::{declare, values};
use super::init::Init;
use super::init_slot::DataInit;
use super::login::encoded;
use super::period::Period;
use super::slot::Timeout;
use super::validation::one_line;
use crate::daemon::{Daemon, Prepare};
use crate::launch::{
    Command, Databases, HttpProbe, Isolation, Launch, Process, Protocol, Ready, Reuse, Seed, Site,
    Software, Step,
};

declare! {
    /// A [CouchDB](https://couchdb.apache.org) server, version 3.
    ///
    /// Tests share one server for each set of options. Each has a database, which is deleted when the test ends. Users, replications and the
    /// configuration belong to the server. A dedicated server (`scope = "test"`) has the database `test`.
    ///
    /// It listens on 127.0.0.1 only, is no part of a cluster, and meets no other Erlang on the machine: it needs no `epmd`. A database has one
    /// shard. Of the machine's configuration it reads `default.ini` only. As root it runs as root. It starts in about 0.7 s.
    ///
    /// With `FIXTURED_COUCHDB_URL=http://user:password@host:5984`, tests use an existing server. The user must be an administrator.
    ///
    /// Distributions do not ship it. Its project has [packages](https://docs.couchdb.org/en/stable/install/unix.html) for Debian and others.
    #[title("CouchDB")]
    #[a_test_gets("a database in a shared server")]
    pub struct Couchdb {
        /// Listen on this port instead of a leased one.
        #[pifpaf("5984")]
        port(u16): Option<u16>,
        /// Name the user, an administrator.
        ///
        /// Default: `admin`.
        #[value("NAME")]
        username(impl Into<String>): Option<String>,
        /// Set the password of the user.
        ///
        /// Default: a random one for each server.
        #[value("PASSWORD")]
        password(impl Into<String>): Option<String>,
        /// Start from a copy of this data directory, each test in a dedicated server.
        ///
        /// It may also be a function, which fills a first server; see [`Init`]. The directory contains `_dbs.couch` and `shards`.
        init<Kind>(impl Init<Kind>): DataInit = Init::source,
        /// Limit how long the server may take to start, and a test to get its database.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { Couchdb {
    /// The server's address with the login, as client libraries take it: `http://admin:secret@127.0.0.1:5984`.
    http_url: String,
    /// The test's database.
    database: String,
    /// The user, an administrator.
    username: String,
    /// The user's password.
    password: String,
} }

/// What Erlang is told. Without a name, a node does not listen for others.
const ERLANG: &str = "\
-noinput
+Bd
-kernel error_logger silent
-sasl sasl_error_logger false
-os_mon start_cpu_sup false
-os_mon start_memsup false
";

impl Daemon for Couchdb {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let user = self.username.as_deref().unwrap_or("admin");
        let password = self.password.as_deref().unwrap_or(secret);
        let word = self.password.as_deref().map_or((*secret).into(), encoded);
        let http_url = format!("http://{}:{word}@127.0.0.1:{port}", encoded(user));
        let data = format!("{dir}/data");
        // It replaces the password by a hash, of which many iterations would protect nothing here. Wrong passwords in one test must not lock
        // out the others.
        let settings = format!(
            "[couchdb]\nsingle_node = true\ndatabase_dir = {data}\nview_index_dir = {data}\n\
             [chttpd]\nbind_address = 127.0.0.1\nport = {port}\n[chttpd_auth]\niterations = 1\n\
             [chttpd_auth_lockout]\nmode = off\n\
             [cluster]\nq = 1\nn = 1\n[log]\nlevel = warning\n[admins]\n{user} = {password}\n"
        );
        let [own, erlang] = ["local.ini", "vm.args"].map(|file| format!("{dir}/{file}"));
        // The program starts in its own directory.
        let command = Command::new("couchdb", ["-couch_ini", "etc/default.ini", &own])
            .env("COUCHDB_ARGS_FILE", &erlang)
            .env("HOME", *dir);
        let up = Ready::get(format!("http://127.0.0.1:{port}/_up"));
        let test = HttpProbe::new(format!("{http_url}/test"));
        let made = Ready::Http(test.method("PUT").status("201|412"));
        let server = Process::new(command, up)
            .after_ready(Step::Wait(made))
            .stopped_by("SIGKILL");
        let database = site.value("database");
        let authority = site.value("authority");

        let launch = Launch::new("couchdb")
            .needs(
                Software::new("couchdb", ["couchdb"])
                    .version_args::<String>([])
                    .search_paths(["/opt/couchdb/bin", "/opt/homebrew/opt/couchdb/bin"])
                    .apt("couchdb")
                    .brew("couchdb"),
            )
            .write(own, settings)
            .write(erlang, ERLANG)
            .run(server)
            .reuse(
                Reuse::new("FIXTURED_COUCHDB_URL", 5984)
                    .values([("http_url", format!("http://{authority}"))]),
            )
            .fixed_port("", self.port)
            .url(format!("{http_url}/{database}"))
            .values([("pifpaf_url", format!("couchdb://localhost:{port}"))])
            .values(Values {
                http_url,
                database: "test".into(),
                username: user.into(),
                password: password.into(),
            })
            .cli_variables([("COUCHDB_PORT", *port)])
            .invalid(problem(user, self.password.as_deref()))
            .isolation(match self.init.is_given() {
                true => Isolation::Server,
                false => {
                    let address = format!("127.0.0.1:{port}");
                    Databases::new(Protocol::Couchdb, address, user, password).into()
                }
            });
        self.timeout.limit(self.init.seeds(launch, Seed::new(data)))
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}

/// What the configuration, or the login by HTTP, cannot hold.
fn problem(user: &str, password: Option<&str>) -> Option<String> {
    let of_user = (user.is_empty() || user.contains([':', '=', '[', ';'])).then(|| {
        "a `username` is not empty and has no colon, equals sign, bracket or semicolon".into()
    });
    let of_password = password.filter(|password| {
        let is_hash = password.starts_with('-');
        is_hash || password.is_empty() || password.trim() != *password || password.contains(" ;")
    });
    of_user
        .or_else(|| one_line("username", user))
        .or_else(|| one_line("password", password?))
        .or(of_password.map(|_| {
            "a `password` is not empty, has no spaces around it, no hyphen at its start, and no semicolon after a space"
                .into()
        }))
}
