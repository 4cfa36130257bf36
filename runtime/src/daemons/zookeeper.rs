//! ZooKeeper, a single server.

use super::options::{Opt, Options};
use super::period::Period;
use super::slot::{Slot, Timeout};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, Databases, Init, Install, Isolation, Launch, Process, Protocol, Ready, Site, Software,
    Step,
};

/// A [ZooKeeper](https://zookeeper.apache.org) server.
///
/// Tests share it, since a Java machine takes about half a second to start. Each has a node of its own at the top, which is deleted with
/// all below it when the test ends, also when its process was killed. Its path is `prefix()`, and to clients that take the
/// [`connect_string()`](Instance::connect_string) it is the root ("chroot" in ZooKeeper's terms). Nothing keeps others from what belongs to
/// a test if they ask for it by its whole path. `scope = "test"` gives a server of one's own.
///
/// Sessions last from 1 s on, as clients ask, up to a minute; connections are not counted; all four-letter words are answered, at
/// 127.0.0.1 alone. There is no admin server and no JMX. As root it runs as root, and it needs no directories but its own.
#[derive(Clone, Debug, Default)]
pub struct Zookeeper {
    port: Option<u16>,
    timeout: Timeout,
}

impl Zookeeper {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// How long the start of the server may take, and how long a test may wait for its own node. Default: 60 s.
    pub fn timeout(mut self, timeout: impl Period) -> Self {
        self.timeout.put(timeout.duration());
        self
    }
}

/// It runs for minutes and its data is small, so that neither the better compiler nor a parallel collector pays. The files in `/tmp` by
/// which tools find Java processes would be left behind. Debian's package prints no warnings unless it is given what prints them; in
/// others these files do not exist, which does no harm.
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
        let database = site.value("database");
        // In this format, a path could not hold all letters; this one starts from the instance's directory.
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
        // The script knows where its distribution keeps what belongs on the class path. In the foreground it becomes the server.
        let mut command = Command::new("zkServer.sh", ["start-foreground", &config]);
        command.env = [
            ("JMXDISABLE", "true".to_owned()),
            // By which Java reads the names of files.
            ("LC_ALL", "C.UTF-8".to_owned()),
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
        software.search_paths.extend([
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
        launch.cli_variables = [("ZOOKEEPER_PORT".to_owned(), (*port).to_owned())].into();
        launch.values = [
            ("database", String::new()),
            ("prefix", format!("/{database}")),
            ("connect_string", format!("127.0.0.1:{port}/{database}")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        launch.isolation = Isolation::Database(Box::new(Databases {
            protocol: Protocol::Zookeeper,
            socket: format!("127.0.0.1:{port}"),
            user: String::new(),
            password: String::new(),
            template: String::new(),
            mark: String::new(),
            init: Init::default(),
        }));
        launch.timeout = self.timeout.or(launch.timeout);
        launch.invalid(self.timeout.problem())
    }
}

impl Options for Zookeeper {
    const TITLE: &'static str = "ZooKeeper";
    const GETS: &'static str = "a node of its own in a server that all tests share";

    fn options() -> Vec<Opt<Self>> {
        vec![Opt::port("port", "listens on this port", Self::port).pifpaf("2181")]
    }
}

impl Instance<Zookeeper> {
    /// What the paths of the test's nodes begin with: that of its own node, such as `/t_name_1`. Empty in a server of one's own, which is the
    /// test's own as a whole.
    pub fn prefix(&self) -> &str {
        self.value("prefix").trim_end_matches('/')
    }

    /// What clients take for an address, such as `127.0.0.1:2181/t_name_1`: to them, the test's own node is the root.
    pub fn connect_string(&self) -> &str {
        self.value("connect_string").trim_end_matches('/')
    }
}
