//! ZooKeeper, a single server.

use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{Command, Install, Isolation, Launch, Process, Ready, Site, Software, Step};

/// A [ZooKeeper](https://zookeeper.apache.org) server.
///
/// Tests share it, since a Java machine takes about half a second to start. Each has a path of its own, [`prefix`](Instance::prefix), to be the root of what it
/// sees ("chroot" in ZooKeeper's terms): [`connect_string`](Instance::connect_string) ends in it. Nothing is there at first, so a client starts by creating `/`
/// (kazoo: `ensure_path("/")`); and nothing but this path keeps a test from what belongs to others. `scope = "test"` gives a server of one's own.
///
/// Sessions last from 1 s on, as clients ask, up to a minute; connections are not counted; all four-letter words are answered, at
/// 127.0.0.1 alone. There is no admin server and no JMX. As root it runs as root, and it needs no directories but its own.
#[derive(Clone, Debug, Default)]
pub struct Zookeeper {
    port: Option<u16>,
}

impl Zookeeper {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }
}

/// It runs for minutes and its data is small, so that neither the better compiler nor a parallel collector pays. The files in `/tmp` by which
/// tools find Java processes would be left behind. Debian's package prints no warnings unless it is given what prints them; in others these
/// files do not exist, which does no harm.
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
        let settings = format!(
            "dataDir={dir}/data\n\
             clientPort={port}\n\
             clientPortAddress=127.0.0.1\n\
             maxClientCnxns=0\n\
             tickTime=500\n\
             maxSessionTimeout=60000\n\
             forceSync=no\n\
             admin.enableServer=false\n\
             4lw.commands.whitelist=*\n"
        );
        // The script knows where its distribution keeps what belongs on the class path. In the foreground it becomes the server.
        let mut command = Command::new("zkServer.sh", ["start-foreground", &config]);
        command.env = [
            ("JMXDISABLE", "true".to_owned()),
            ("SERVER_JVMFLAGS", JAVA.join(" ")),
            ("ZOO_LOG_DIR", logs.clone()),
            ("ZOOPIDFILE", format!("{dir}/pid")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        // It accepts connections a while before it serves them.
        let ready = Ready::Exchange {
            address: format!("127.0.0.1:{port}"),
            send: "srvr".into(),
            expect: "(?s).*Mode: standalone".into(),
        };

        let mut launch = Launch::new("zookeeper");
        let mut software = Software {
            version_args: vec!["version".into()],
            install: Install {
                apt: "zookeeper".into(),
                brew: "zookeeper".into(),
                ..Install::default()
            },
            ..Software::new("zookeeper", ["zkServer.sh"])
        };
        software.also_in.extend([
            "/usr/share/zookeeper/bin".into(),
            "/opt/homebrew/opt/zookeeper/libexec/bin".into(),
        ]);
        launch.software.push(software);
        launch.prepare = vec![
            Step::Directory(logs.clone()),
            Step::Write {
                path: config.clone(),
                text: settings,
            },
        ];
        launch
            .processes
            .push(Process::new(command, ready).stopped_by("SIGKILL"));
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        launch.url = format!("zookeeper://localhost:{port}");
        launch.variables = [
            ("ZOOCFGDIR", (*dir).to_owned()),
            ("ZOOCFG", config),
            ("ZOO_LOG_DIR", logs),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        launch.prefixed = [("ZOOKEEPER_PORT".to_owned(), (*port).to_owned())].into();
        launch.values = [
            ("prefix", "test".to_owned()),
            ("root", "/{prefix}".to_owned()),
            ("connect_string", format!("127.0.0.1:{port}/{{prefix}}")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        launch.isolation = Isolation::Prefix;
        launch
    }
}

impl Options for Zookeeper {
    const OPTIONS: &'static [Opt<Self>] =
        &[Opt::port("port", "listens on this port", Self::port).as_pifpaf("2181")];
}

impl Instance<Zookeeper> {
    /// The path below which the test's nodes belong, such as `/test1`; no other test of the session has the same in this server.
    pub fn prefix(&self) -> &str {
        self.value("root")
    }

    /// What clients take for an address, `127.0.0.1:PORT/PREFIX`: to them, the prefix is the root.
    pub fn connect_string(&self) -> &str {
        self.value("connect_string")
    }
}
