//! ZooKeeper, a single server.

use super::declare::declare;
use super::period::Period;
use super::slot::Timeout;
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, Databases, Launch, Process, Protocol, Ready, Reuse, Site, Software, Step,
};

declare! {
    /// A [ZooKeeper](https://zookeeper.apache.org) server.
    ///
    /// Tests share it, since a JVM takes about half a second to start. A test's top-level node is deleted with everything below it
    /// when the test ends, even if its process was killed. Its path is [`prefix`](Instance::<Self>::prefix). Clients that connect to
    /// [`connect_string`](Instance::<Self>::connect_string) see it as the root ("chroot" in ZooKeeper's terms). A test can
    /// reach another test's nodes by their full paths. `scope = "test"` starts a dedicated server.
    ///
    /// With `FIXTURED_ZOOKEEPER_URL` tests use an existing server. Clients must be allowed to create top-level nodes without logging in.
    ///
    /// Sessions last from 1 s to 1 min, as clients ask. Connections are not limited, and all four-letter words are answered, on 127.0.0.1
    /// only. There is no admin server and no JMX. As root it runs as root, and it uses no directories but its own.
    #[title("ZooKeeper")]
    #[a_test_gets("a top-level node in a shared server")]
    pub struct Zookeeper {
        /// Listen on this port instead of a leased one.
        #[pifpaf("2181")]
        port(u16): Option<u16>,
        /// Limit how long the server may take to start, and a test to get its node.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

impl Instance<Zookeeper> {
    /// The path of the test's node, such as `/t_name_1`: the prefix for the paths of its nodes. Empty in a dedicated server.
    pub fn prefix(&self) -> &str {
        self.value("prefix").trim_end_matches('/')
    }

    /// The address for clients such as the crates `zookeeper-client` and `zookeeper-async`: `127.0.0.1:2181/t_name_1`, which makes the
    /// test's node their root.
    pub fn connect_string(&self) -> &str {
        self.value("connect_string").trim_end_matches('/')
    }
}

/// It runs for minutes and its data is small, so neither the optimising compiler nor a parallel collector pays. The files in `/tmp` by which
/// tools find Java processes would be left behind. Debian's package prints no warnings without these libraries; where they do not exist,
/// naming them does no harm.
const JAVA: [&str; 6] = [
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xmx128m",
    "-XX:-UsePerfData",
    "-Xbootclasspath/a:/usr/share/java/slf4j-api.jar:/usr/share/java/slf4j-simple.jar",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
];

impl Daemon for Zookeeper {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let (config, logs) = (format!("{dir}/zoo.cfg"), format!("{dir}/log"));
        let address = format!("127.0.0.1:{port}");
        let database = site.value("database");
        // The path of the data is relative to the instance's directory, since this format cannot hold every path.
        let settings = format!(
            "dataDir=data\n\
             clientPort={port}\n\
             clientPortAddress=127.0.0.1\n\
             maxClientCnxns=0\n\
             tickTime=500\n\
             maxSessionTimeout=60000\n\
             forceSync=no\n\
             admin.enableServer=false\n\
             4lw.commands.whitelist=*\n"
        );
        // The script knows the class path of its distribution. In the foreground it becomes the server.
        let command = Command::new("zkServer.sh", ["start-foreground", &config])
            .env("JMXDISABLE", "true")
            // Java reads the names of files by it.
            .env("LC_ALL", "C.UTF-8")
            .env("SERVER_JVMFLAGS", JAVA.join(" "))
            .env("ZOO_LOG_DIR", &logs)
            .env("ZOOPIDFILE", format!("{dir}/pid"));
        // It accepts connections a while before it serves them.
        let ready = Ready::exchange(&address, "srvr", "(?s).*Mode: standalone");

        let launch = Launch::new("zookeeper")
            .needs(
                Software::new("zookeeper", ["zkServer.sh"])
                    .version_args(["version"])
                    .search_paths([
                        "/usr/share/zookeeper/bin",
                        "/opt/homebrew/opt/zookeeper/libexec/bin",
                    ])
                    .apt("zookeeper")
                    .brew("zookeeper"),
            )
            .prepare(Step::Directory(logs.clone()))
            .write(&config, settings)
            .run(Process::new(command, ready).stopped_by("SIGKILL"))
            .reuse(
                Reuse::new("FIXTURED_ZOOKEEPER_URL", 2181)
                    .url(format!("zookeeper://{}", site.value("address"))),
            )
            .fixed_port("", self.port)
            .url(format!("zookeeper://localhost:{port}"))
            .variables([
                ("ZOOCFGDIR", *dir),
                ("ZOOCFG", &config),
                ("ZOO_LOG_DIR", &logs),
            ])
            .cli_variables([("ZOOKEEPER_PORT", *port)])
            .values([
                ("database", String::new()),
                ("prefix", format!("/{database}")),
                ("connect_string", format!("{address}/{database}")),
            ])
            .isolation(Databases::new(Protocol::Zookeeper, address, "", ""));
        self.timeout.limit(launch)
    }
}
