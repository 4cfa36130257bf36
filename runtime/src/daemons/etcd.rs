//! etcd, alone or as a cluster of three.

use std::collections::BTreeMap;

use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Install, Isolation, Launch, Process, Ready, Site, Software, Step,
};

/// An [etcd](https://etcd.io) server, or a cluster of three.
///
/// Each test has a server of its own, which starts in some 50 ms, or a cluster of its own, in some 200 ms: what a prefix of the keys would
/// set apart are the keys alone, not revisions, compaction, leases, users and members. It speaks plain HTTP and gRPC on 127.0.0.1, and as
/// root it runs as root.
///
/// Each server reserves 64 MB for its log and as much for the next one, whatever is written: memory, where the data is on a tmpfs.
///
/// A test can stop the nodes of its cluster, and start them again with what they had written:
///
/// ```no_run
/// use fixtured::{Acquire, daemons};
///
/// # fn main() -> fixtured::Result<()> {
/// let cluster = daemons::etcd().cluster(true).start()?;
/// cluster.node(2).stop()?;
/// // … two of three go on …
/// cluster.node(2).start()?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct Etcd {
    port: Option<u16>,
    peer_port: Option<u16>,
    cluster: bool,
}

impl Etcd {
    /// Listens on this port for clients, rather than on a leased one; in a cluster, the first node does.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Listens on this port for other members, rather than on a leased one; in a cluster, the first node does.
    pub fn peer_port(mut self, port: u16) -> Self {
        self.peer_port = Some(port);
        self
    }

    /// Whether there are three nodes, `node1` to `node3`, rather than one. Default: no.
    pub fn cluster(mut self, cluster: bool) -> Self {
        self.cluster = cluster;
        self
    }
}

impl Daemon for Etcd {
    fn launch(&self, site: &Site) -> Launch {
        let nodes = Node::all(site, self.cluster);
        let mut launch = Launch::new("etcd");
        launch.software.push(Software {
            install: Install {
                apt: "etcd-server".into(),
                brew: "etcd".into(),
                ..Install::default()
            },
            ..Software::new("etcd", ["etcd"])
        });
        let mut before: Option<&Node> = None;
        for node in &nodes {
            let mut process = node.process(site.dir, &nodes);
            if let Some(before) = before {
                // Those that start at once sometimes vote past each other for seconds; each of these finds the one before it.
                let answers = HttpProbe::get(format!("{}/version", before.peer_url()));
                process.prepare.push(Step::Wait(Ready::Http(answers)));
                // No node of several is ready alone.
                process.concurrent = true;
            }
            before = Some(node);
            launch.processes.push(process);
        }
        let ports = [("", self.port), ("peer", self.peer_port)];
        let fixed = ports.map(|(name, port)| Some((name.to_owned(), port?)));
        launch.fixed_ports = fixed.into_iter().flatten().collect();

        let endpoints = listed(&nodes, |node| node.client_url());
        let (port, peer_port) = (site.port, site.port_named("peer"));
        let http_url = format!("http://127.0.0.1:{port}");
        launch.url = format!(
            "etcd://{}",
            listed(&nodes, |node| format!("localhost:{}", node.port))
        );
        launch.variables = texts([("ETCDCTL_API", "3"), ("ETCDCTL_ENDPOINTS", &endpoints)]);
        launch.cli_variables = texts([
            ("ETCD_PORT", port),
            ("ETCD_PEER_PORT", &peer_port),
            ("HTTP_URL", &http_url),
        ]);
        launch.values = texts([("endpoints", &endpoints), ("http_url", &http_url)]);
        if self.cluster {
            let first = format!("etcd://localhost:{port}");
            launch.values.extend(texts([("pifpaf_url", &first)]));
        }
        launch.isolation = Isolation::Server;
        launch
    }
}

/// A server, alone or one of several.
struct Node {
    name: String,
    port: String,
    peer_port: String,
}

impl Node {
    fn all(site: &Site, cluster: bool) -> Vec<Self> {
        let mut nodes = vec![Self {
            name: if cluster { "node1" } else { "" }.into(),
            port: site.port.into(),
            peer_port: site.port_named("peer"),
        }];
        if cluster {
            nodes.extend(["node2", "node3"].map(|name| Self {
                name: name.into(),
                port: site.port_named(name),
                peer_port: site.port_named(&format!("{name}-peer")),
            }));
        }
        nodes
    }

    fn client_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn peer_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.peer_port)
    }

    /// What etcd calls it.
    fn member(&self) -> &str {
        match self.name.as_str() {
            "" => "default",
            name => name,
        }
    }

    fn process(&self, dir: &str, nodes: &[Self]) -> Process {
        // Most of a start is the wait until nobody else has asked for votes. One that is alone need not wait; several have to hear from
        // each other in time on a busy machine too, and ask first whether there is a leader.
        let times: &[&str] = match nodes {
            [_] => &["--heartbeat-interval=2", "--election-timeout=10"],
            _ => &[
                "--heartbeat-interval=20",
                "--election-timeout=200",
                "--pre-vote",
            ],
        };
        let (member, client, peer) = (self.member(), self.client_url(), self.peer_url());
        let members = listed(nodes, |node| {
            format!("{}={}", node.member(), node.peer_url())
        });
        let mut args = vec![
            format!("--name={member}"),
            format!("--data-dir={dir}/{member}"),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster={members}"),
            "--log-level=warn".into(),
        ];
        args.extend(times.iter().map(|&time| time.into()));
        let mut command = Command::new("etcd", args);
        // As an option it would be refused by 3.4, which does not have it.
        command.env = texts([("ETCD_UNSAFE_NO_FSYNC", "true")]);
        let ready = Ready::Http(HttpProbe {
            body: r#""health": ?"true""#.into(),
            ..HttpProbe::get(format!("{client}/health"))
        });
        Process::new(command, ready)
            .named(self.name.as_str())
            .stopped_by("SIGKILL")
    }
}

fn listed(nodes: &[Node], what: impl Fn(&Node) -> String) -> String {
    nodes.iter().map(what).collect::<Vec<_>>().join(",")
}

fn texts<const N: usize>(pairs: [(&str, &str); N]) -> BTreeMap<String, String> {
    pairs
        .map(|(name, text)| (name.to_owned(), text.to_owned()))
        .into()
}

impl Options for Etcd {
    const TITLE: &'static str = "etcd";
    const GETS: &'static str = "a server of its own, or a cluster of three";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port for clients", Self::port).pifpaf("2379"),
            Opt::port(
                "peer-port",
                "listens on this port for other members",
                Self::peer_port,
            )
            .pifpaf("2380"),
            Opt::flag("cluster", "is a cluster of three nodes", |it| {
                it.cluster(true)
            }),
        ]
    }
}

impl Instance<Etcd> {
    /// The URL that HTTP and gRPC clients take; in a cluster, that of its first node.
    pub fn http_url(&self) -> &str {
        self.value("http_url")
    }

    /// The URLs that HTTP and gRPC clients take, one for each node, with commas between them.
    pub fn endpoints(&self) -> &str {
        self.value("endpoints")
    }

    /// The port for other members; in a cluster, that of its first node.
    pub fn peer_port(&self) -> u16 {
        self.port_named("peer")
    }
}
