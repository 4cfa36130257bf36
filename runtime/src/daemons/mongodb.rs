//! MongoDB, alone or as a replica set of one node.

use super::declare::{declare, values};
use super::period::Period;
use super::slot::{Settings, Timeout};
use super::validation::without_nul;
use crate::daemon::Daemon;
use crate::launch::{
    Command, Databases, Launch, Process, Protocol, Ready, Reuse, Site, Software, Step,
};

declare! {
    /// A [MongoDB](https://www.mongodb.com) server, version 5 or later.
    ///
    /// **This definition has not been run with a real `mongod`.** Its command line follows the
    /// [manual](https://www.mongodb.com/docs/manual/reference/program/mongod/). What fixtured itself says to a server was tested with another
    /// program that speaks MongoDB's protocol.
    ///
    /// Tests share one server for each set of options. A test's database does not exist until something is written to it, and is dropped
    /// when the test ends. Users, roles and parameters belong to the server. A dedicated server (`scope = "test"`) has the database `test`.
    ///
    /// There are no users, and it listens on 127.0.0.1 only. As root it runs as root. Transactions and change streams need a
    /// [`replica_set`](Self::replica_set).
    ///
    /// With `FIXTURED_MONGODB_URL=mongodb://user:password@host:27017`, tests use an existing server: one that stands alone, a primary, or a router
    /// of a sharded cluster, version 4.4 or later. The user belongs to the database `admin` and logs in by SCRAM-SHA-256. It must be allowed
    /// to read, write and drop any database.
    #[title("MongoDB")]
    #[a_test_gets("a database in a shared server (not yet run with a real `mongod`)")]
    pub struct Mongodb {
        /// Listen on this port instead of a leased one.
        #[pifpaf("29000")]
        port(u16): Option<u16>,
        /// Run it as a replica set of one node.
        ///
        /// The set is called `rs0`. When the server is ready, it has been initiated and the node is its primary. Default: a server that stands
        /// alone.
        replica_set(bool): bool,
        /// Set a [parameter](https://www.mongodb.com/docs/manual/reference/parameters/) of the server.
        ///
        /// For example `parameter("ttlMonitorSleepSecs", "1")`.
        parameter(impl Into<String>, impl Into<String>): Settings = Settings::one,
        /// Limit how long the start may take, and how long a test may wait for its database.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { Mongodb {
    /// The test's database.
    database: String,
} }

/// What a replica set is called.
const SET: &str = "rs0";

impl Daemon for Mongodb {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let address = format!("127.0.0.1:{port}");
        let query = match self.replica_set {
            true => format!("?replicaSet={SET}&directConnection=true"),
            false => String::new(),
        };
        let parameters = self.parameter.0.iter();
        let parameters = parameters.map(|(name, value)| format!("{name}={value}"));
        let set = ["--replSet", SET].into_iter().filter(|_| self.replica_set);
        // Of what makes it faster, versions have removed most: since 6.1, the journal is always on.
        let command = Command::new("mongod", ["--dbpath", &format!("{dir}/data")])
            .args(["--port", port, "--bind_ip", "127.0.0.1", "--nounixsocket"])
            .args(["--wiredTigerCacheSizeGB", "0.25", "--quiet"])
            .args(["--setParameter", "diagnosticDataCollectionEnabled=false"])
            .args(parameters.flat_map(|given| ["--setParameter".into(), given]))
            .args(set);
        let begin = match self.replica_set {
            true => initiation(&address),
            false => "ping".into(),
        };
        // It listens when it has started; of a replica set, it takes writes when it has elected itself.
        let ready = Step::execute(Protocol::Mongodb, &address, "", "wait for a primary", begin);
        let server = Process::new(command, Ready::port(port))
            .prepare(Step::Directory(format!("{dir}/data")))
            .after_ready(ready)
            .stopped_by("SIGKILL");
        let database = site.value("database");

        let launch = Launch::new("mongodb")
            .needs(
                Software::new("mongodb", ["mongod"])
                    .apt("mongodb-org-server")
                    .brew("mongodb/brew/mongodb-community"),
            )
            .run(server)
            .reuse(Reuse::new("FIXTURED_MONGODB_URL", 27017).login_parameter("authSource=admin"))
            .fixed_port("", self.port)
            .url(format!("mongodb://{address}/{database}{query}"))
            .values([("pifpaf_url", format!("mongodb://localhost:{port}/test"))])
            .values(Values {
                database: "test".into(),
            })
            .cli_variables([("MONGODB_PORT", *port)])
            .invalid(self.problem())
            .isolation(Databases::new(Protocol::Mongodb, address, "", ""));
        self.timeout.limit(launch)
    }
}

impl Mongodb {
    fn problem(&self) -> Option<String> {
        let mut values = self.parameter.0.values();
        values.find_map(|value| without_nul("parameter", value))
    }
}

/// The command that makes a replica set of the server at this address.
fn initiation(address: &str) -> String {
    let members = format!(r#"[{{"_id": 0, "host": "{address}"}}]"#);
    format!(r#"replSetInitiate {{"_id": "{SET}", "members": {members}}}"#)
}
