//! etcd, alone or as a cluster of three.

use std::iter;

use super::declare::{declare, values};
use super::init::Init;
use super::init_slot::DataInit;
use super::period::Period;
use super::slot::Timeout;
use crate::daemon::{Daemon, Prepare};
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Isolation, Launch, Process, Protocol, Ready, Reuse, Seed, Site, Software,
    Step,
};

declare! {
    /// An [etcd](https://etcd.io) server, or a cluster of three.
    ///
    /// A server starts in about 50 ms, a cluster in about 200 ms. Tests do not share them: a prefix would separate keys, but not revisions,
    /// compaction, leases, users and members. It speaks plain HTTP and gRPC on 127.0.0.1, and as root it runs as root.
    ///
    /// In an existing server (`FIXTURED_ETCD_URL`), tests are separated only if they begin their keys with [`prefix`](Instance::<Self>::prefix).
    /// Those keys are deleted afterwards.
    ///
    /// Each server reserves 64 MB for its log and as much for the next one, whatever is written. Where the data is on a tmpfs, that is memory.
    ///
    /// A test can stop the nodes of its cluster, and start them again with the data that they had:
    ///
    /// ```no_run
    /// use fixtured::{Acquire, daemons};
    ///
    /// # fn main() -> fixtured::Result<()> {
    /// let cluster = daemons::etcd().cluster(true).start()?;
    /// cluster.node(2).stop()?;
    /// // … the other two still serve requests …
    /// cluster.node(2).start()?;
    /// # Ok(())
    /// # }
    /// ```
    #[title("etcd")]
    #[a_test_gets("a dedicated server, or a cluster of three")]
    pub struct Etcd {
        /// Listen on this port for clients instead of a leased one.
        ///
        /// In a cluster, the first node does.
        #[pifpaf("2379")]
        port(u16): Option<u16>,
        /// Listen on this port for other members instead of a leased one.
        ///
        /// In a cluster, the first node does.
        #[pifpaf("2380")]
        peer_port(u16): Option<u16>,
        /// Run this version, such as `3.5`.
        ///
        /// Default: any.
        #[value("VERSION")]
        version(impl Into<String>): Option<String>,
        /// Start a cluster of three nodes.
        ///
        /// They are `node1` to `node3`. Default: a single server.
        cluster(bool): bool,
        /// Start from a copy of this data directory.
        ///
        /// It may also be a function, which fills a first server; see [`Init`]. Not for clusters, whose members know each other by their ports.
        init<Kind>(impl Init<Kind>): DataInit = Init::source,
        /// Limit how long the server may take to start, and a test to get its data.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { Etcd {
    /// The URL for HTTP and gRPC clients such as the crate `etcd-client`: `http://127.0.0.1:2379`; in a cluster, that of the first node.
    http_url: String,
    /// The URLs for HTTP and gRPC clients, one for each node, separated by commas.
    endpoints: String,
    /// The prefix for the test's keys: empty, or a word that ends with a slash in an existing server.
    prefix: String,
} }

impl Instance<Etcd> {
    /// The port for other members; in a cluster, that of the first node.
    pub fn peer_port(&self) -> u16 {
        self.port_named("peer")
    }
}

impl Daemon for Etcd {
    fn launch(&self, site: &Site) -> Launch {
        let nodes = nodes(site, self.cluster);
        let endpoints = listed(&nodes, |node| node.client.clone());
        let (port, peer_port) = (site.port, site.port_named("peer"));
        let http_url = format!("http://127.0.0.1:{port}");
        let addresses = listed(&nodes, |node| format!("localhost:{}", node.port));
        let pifpaf_url = format!("etcd://localhost:{port}");

        let launch = Launch::new("etcd")
            .needs(
                Software::new("etcd", ["etcd"])
                    .search_paths(["/usr/local/etcd*/bin"])
                    .version(self.version.as_deref())
                    .apt("etcd-server")
                    .brew("etcd"),
            )
            .reuse(
                Reuse::new("FIXTURED_ETCD_URL", 2379)
                    .creates(Protocol::Etcd)
                    .url(format!("etcd://{}", site.value("address")))
                    .values([("prefix", format!("{}/", site.value("database")))])
                    .unless(
                        self.cluster
                            .then_some("a test wants a `cluster` whose nodes it can stop"),
                    ),
            )
            .fixed_port("", self.port)
            .fixed_port("peer", self.peer_port)
            .url(format!("etcd://{addresses}"))
            .variables([("ETCDCTL_API", "3"), ("ETCDCTL_ENDPOINTS", &endpoints)])
            .cli_variables([("ETCD_PORT", port), ("ETCD_PEER_PORT", &peer_port)])
            .cli_variables([("HTTP_URL", &http_url)])
            .values(self.cluster.then_some(("pifpaf_url", pifpaf_url)))
            .values(Values {
                http_url,
                endpoints,
                prefix: String::new(),
            })
            .isolation(Isolation::Server);
        let before = iter::once(None).chain(nodes.iter().map(Some));
        let launch = nodes
            .iter()
            .zip(before)
            .map(|(node, before)| node.process(site.dir, &nodes, before))
            .fold(launch, Launch::run);
        let cluster = "`init` needs a single server; remove `cluster`";
        let seeds_cluster = self.cluster && self.init.is_given();
        let data = nodes.first().map(|node| node.data(site.dir));
        let launch = self
            .init
            .seeds(launch, Seed::new(data.unwrap_or_default()))
            .invalid(seeds_cluster.then_some(cluster));
        self.timeout.limit(launch)
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}

/// A server, alone or one of several.
struct Node {
    name: &'static str,
    port: String,
    /// The URL for clients.
    client: String,
    /// The URL for other members.
    peer: String,
}

fn nodes(site: &Site, cluster: bool) -> Vec<Node> {
    let node = |name, port: String, peer: &str| Node {
        name,
        client: format!("http://127.0.0.1:{port}"),
        peer: format!("http://127.0.0.1:{}", site.port_named(peer)),
        port,
    };
    let first = |name| node(name, site.port.into(), "peer");
    let further = |name| node(name, site.port_named(name), &format!("{name}-peer"));
    match cluster {
        false => vec![first("")],
        true => vec![first("node1"), further("node2"), further("node3")],
    }
}

impl Node {
    /// Its name inside etcd.
    fn member(&self) -> &str {
        match self.name {
            "" => "default",
            name => name,
        }
    }

    /// Where it keeps its data.
    fn data(&self, dir: &str) -> String {
        format!("{dir}/{}", self.member())
    }

    /// The process of this node, which starts after the one before it.
    fn process(&self, dir: &str, nodes: &[Self], before: Option<&Self>) -> Process {
        // Most of a start is the wait for votes. A single server need not wait. The nodes of a cluster must hear from each other in time on a
        // busy machine too, and first ask whether there is a leader.
        let election: &[&str] = match nodes {
            [_] => &["--heartbeat-interval=2", "--election-timeout=10"],
            _ => &[
                "--heartbeat-interval=20",
                "--election-timeout=200",
                "--pre-vote",
            ],
        };
        let member = self.member();
        let Self { client, peer, .. } = self;
        let members = listed(nodes, |node| format!("{}={}", node.member(), node.peer));
        let args = [
            format!("--name={member}"),
            format!("--data-dir={}", self.data(dir)),
            format!("--listen-client-urls={client}"),
            format!("--advertise-client-urls={client}"),
            format!("--listen-peer-urls={peer}"),
            format!("--initial-advertise-peer-urls={peer}"),
            format!("--initial-cluster={members}"),
            "--log-level=warn".into(),
        ];
        let command = Command::new("etcd", args)
            .args(election.iter().copied())
            // Version 3.4 has no option for it.
            .env("ETCD_UNSAFE_NO_FSYNC", "true");
        let healthy = HttpProbe::get(format!("{client}/health")).body(r#""health": ?"true""#);
        let process = Process::new(command, Ready::Http(healthy))
            .named(self.name)
            .stopped_by("SIGKILL");
        match before {
            None => process,
            // Nodes that start at once sometimes split their votes for seconds. None of them is ready alone.
            Some(before) => process
                .prepare(Step::Wait(Ready::get(format!("{}/version", before.peer))))
                .concurrent(),
        }
    }
}

fn listed(nodes: &[Node], what: impl Fn(&Node) -> String) -> String {
    nodes.iter().map(what).collect::<Vec<_>>().join(",")
}
