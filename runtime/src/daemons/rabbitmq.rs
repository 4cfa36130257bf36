//! RabbitMQ, one node or a cluster of three.

use std::collections::BTreeMap;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::options::{Opt, Options};
use super::period::Period;
use super::slot::{Slot, Timeout};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, Install, Isolation, Launch, Lender, Process, Ready, Site, Software, Step,
};

/// A [RabbitMQ](https://www.rabbitmq.com) broker, or a [cluster](Self::cluster) of three nodes.
///
/// Tests share one for each set of options; each has a virtual host of its own, where its user may do everything, and which is deleted with
/// all that is in it when the test ends. Users, policies for all virtual hosts and limits belong to the broker. One of a test's own
/// (`scope = "test"`) has the virtual host `/`.
///
/// It listens on 127.0.0.1 only, and keeps its cookie and an `epmd` of its own, so it never meets another Erlang on the machine. No
/// configuration of the machine is read, and no plugin is enabled. As root it runs as root. Of a node that is
/// [stopped](crate::Node::stop), nothing is flushed before: it is as if it had crashed.
///
/// `rabbitmqctl` finds it by [`variables`](Instance::variables).
#[derive(Clone, Debug)]
pub struct Rabbitmq {
    port: Option<u16>,
    timeout: Timeout,
    nodename: String,
    username: String,
    password: Option<String>,
    cluster: bool,
}

/// The working directory. The server asks a shell how much room there is in that of its data, between quotes that do not hold all that a
/// path may have; the whole path is made from it where that is not there.
const HERE: &str = if cfg!(target_os = "linux") {
    "/proc/self/cwd"
} else {
    "."
};

/// What a node does, from the start of its Erlang on.
const START: &str = include_str!("rabbitmq.erl");

impl Default for Rabbitmq {
    fn default() -> Self {
        Self {
            port: None,
            timeout: Timeout::default(),
            nodename: "rabbit".into(),
            username: "guest".into(),
            password: None,
            cluster: false,
        }
    }
}

impl Rabbitmq {
    /// Listens on this port, rather than on a leased one; in a cluster, the other nodes listen on the two that follow.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// How long the start may take, and how long a test may wait for its own virtual host. Default: 60 s.
    pub fn timeout(mut self, timeout: impl Period) -> Self {
        self.timeout.put(timeout.duration());
        self
    }

    /// The name of the node; those of a cluster add `-1`, `-2` and `-3`. Default: `rabbit`.
    pub fn nodename(mut self, name: impl Into<String>) -> Self {
        self.nodename = name.into();
        self
    }

    /// The user, an administrator. Default: `guest`.
    pub fn username(mut self, name: impl Into<String>) -> Self {
        self.username = name.into();
        self
    }

    /// The user's password. Default: a random one for each broker.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Whether there are three nodes, each of which can be stopped and started (`rabbitmq.node(2).stop()`). Default: no.
    pub fn cluster(mut self, cluster: bool) -> Self {
        self.cluster = cluster;
        self
    }

    fn nodes(&self) -> usize {
        if self.cluster { 3 } else { 1 }
    }

    /// The name of a node among all Erlangs.
    fn name_of(&self, node: usize) -> String {
        let name = &self.nodename;
        match self.cluster {
            true => format!("{name}-{node}@localhost"),
            false => format!("{name}@localhost"),
        }
    }

    fn node(&self, node: usize, site: &Site) -> Process {
        let dir = format!("{}/node{node}", site.dir);
        let port = port_of(node, site);
        let distribution = site.port_named(&format!("distribution{node}"));
        let name = self.name_of(node);
        // The script splits this at spaces, whatever quotes there are.
        let erlang = format!(
            "-noinput -sname {name} -start_epmd false +S 2:2 -kernel inet_dist_use_interface {{127,0,0,1}} \
             inet_dist_listen_min {distribution} inet_dist_listen_max {distribution} \
             -eval {{ok,_}}=file:script(\"../start.erl\")."
        );
        let mut variables = common(site);
        variables.extend([
            ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", erlang),
            ("RABBITMQ_NODENAME", name),
            ("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1".into()),
            ("RABBITMQ_NODE_PORT", port.clone()),
            ("RABBITMQ_DIST_PORT", distribution),
            // Without these two the script would start RabbitMQ by itself, in a child.
            ("RABBITMQ_ALLOW_INPUT", "true".into()),
            ("RABBITMQ_NODE_ONLY", "true".into()),
            ("RABBITMQ_LOGS", "-".into()),
            ("ERL_CRASH_DUMP", format!("{dir}/crash")),
            ("RABBITMQ_MNESIA_DIR", format!("{HERE}/data")),
        ]);
        // What is not there is neither read nor searched, and what is written stays here.
        let places = [
            ("RABBITMQ_CONFIG_FILE", "none"),
            ("RABBITMQ_CONFIG_FILES", "none.d"),
            ("RABBITMQ_ADVANCED_CONFIG_FILE", "none.config"),
            ("RABBITMQ_ENABLED_PLUGINS_FILE", "none.plugins"),
            ("RABBITMQ_PLUGINS_DIR", "plugins"),
            ("RABBITMQ_PLUGINS_EXPAND_DIR", "expanded"),
            ("RABBITMQ_GENERATED_CONFIG_DIR", "config"),
            ("RABBITMQ_LOG_BASE", "log"),
            ("RABBITMQ_MNESIA_BASE", "."),
            ("RABBITMQ_QUORUM_DIR", "quorum"),
            ("RABBITMQ_STREAM_DIR", "stream"),
            ("RABBITMQ_FEATURE_FLAGS_FILE", "features"),
            ("RABBITMQ_PID_FILE", "pid"),
        ];
        variables.extend(places.map(|(variable, path)| (variable, format!("{dir}/{path}"))));
        if node > 1 {
            variables.push(("FIRST_NODE", self.name_of(1)));
        }
        let command = Command {
            env: named(variables),
            cwd: Some(dir.clone().into()),
            ..Command::new("rabbitmq-server", Vec::<String>::new())
        };
        // What AMQP 0-9-1 starts with, and the method `connection.start`.
        let ready = Ready::Exchange {
            address: format!("127.0.0.1:{port}"),
            send: "AMQP\0\0\u{9}\u{1}".into(),
            expect: r"\x01\x00\x00".into(),
        };
        Process {
            // The others load what they need while the first one starts.
            concurrent: node > 1,
            prepare: vec![Step::Directory(dir)],
            ..Process::new(command, ready)
                .named(format!("node{node}"))
                .stopped_by("SIGKILL")
        }
    }
}

impl Daemon for Rabbitmq {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let username = &self.username;
        let password = self.password.as_deref().unwrap_or(secret);
        let mut launch = Launch::new("rabbitmq");
        launch.software.push(software());
        let files = [
            ("start.erl", START.to_owned()),
            // The only thing that nodes prove to each other, and `rabbitmqctl` to them.
            (".erlang.cookie", (*secret).to_owned()),
            ("login", format!("{username}\n{password}")),
        ];
        launch.prepare.extend(files.map(|(name, text)| Step::Write {
            path: format!("{dir}/{name}"),
            text,
        }));

        let epmd_port = site.port_named("epmd");
        let epmd = Command::new("epmd", ["-address", "127.0.0.1", "-port", &epmd_port]);
        let known = Ready::Tcp(format!("127.0.0.1:{epmd_port}"));
        let epmd = Process::new(epmd, known).named("epmd");
        launch.processes.push(epmd.stopped_by("SIGKILL"));
        let nodes = 1..=self.nodes();
        launch
            .processes
            .extend(nodes.clone().map(|node| self.node(node, site)));
        if let Some(port) = self.port {
            let names = ["", "2", "3"].into_iter().take(self.nodes());
            let ports = names
                .zip(port..=u16::MAX)
                .map(|(name, port)| (name.to_owned(), port));
            launch.fixed_ports.extend(ports);
        }

        let encoded = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let login = match &self.password {
            Some(password) => format!("{}:{}", encoded(username), encoded(password)),
            None => format!("{}:{secret}", encoded(username)),
        };
        let path = site.value("path");
        let url = |node| format!("amqp://{login}@127.0.0.1:{}/{path}", port_of(node, site));
        let authorities: Vec<_> = nodes
            .clone()
            .map(|node| format!("{login}@localhost:{}", port_of(node, site)))
            .collect();
        launch.url = url(1);
        launch.values = named(vec![
            ("username", username.clone()),
            ("password", password.into()),
            ("vhost", "/".into()),
            // The same in URLs, where `/` must be encoded.
            ("path", "%2F".into()),
            ("nodename", self.name_of(1)),
            (
                "pifpaf_url",
                format!("rabbit://{}/{}", authorities.join(","), site.value("vhost")),
            ),
        ]);
        launch.cli_variables = named(vec![
            ("RABBITMQ_HOME", (*dir).into()),
            ("RABBITMQ_PORT", (*port).into()),
            ("RABBITMQ_NODENAME", self.name_of(1)),
        ]);
        for node in nodes {
            let (name, url) = (self.name_of(node), url(node));
            launch.values.insert(format!("url{node}"), url);
            if self.cluster {
                let variable = format!("RABBITMQ_NODENAME{node}");
                launch.cli_variables.insert(variable, name);
            }
        }
        launch.variables = named(vec![
            ("RABBITMQ_NODENAME", self.name_of(1)),
            ("RABBITMQ_ERLANG_COOKIE", (*secret).into()),
            ("ERL_EPMD_PORT", epmd_port),
        ]);
        launch.isolation = Isolation::Lent(Lender {
            socket: format!("{dir}/node1/lender"),
            values: ["vhost", "path"].map(Into::into).into(),
        });
        launch.invalid = self.problem();
        launch.timeout = self.timeout.or(launch.timeout);
        launch.invalid(self.timeout.problem())
    }
}

impl Rabbitmq {
    fn problem(&self) -> Option<String> {
        let name = &self.nodename;
        let usual = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
        if name.is_empty() || !name.chars().all(usual) {
            let problem = "is no name of a node; it may have letters, digits, `_` and `-`";
            return Some(format!("`{name}` {problem}"));
        }
        if self.username.is_empty() || self.username.contains('\n') {
            return Some("a `username` is one line that is not empty".into());
        }
        let last = usize::from(u16::MAX) + 1 - self.nodes();
        let port = self.port.filter(|port| usize::from(*port) > last)?;
        Some(format!("no two ports follow {port}"))
    }
}

/// The real script: the one that Debian has on `PATH` changes the user, and does not have the other program beside it.
fn software() -> Software {
    let mut software = Software {
        // Asked for its version, the server starts, and other programs leave a cookie in the user's home.
        version_args: Vec::new(),
        install: Install {
            apt: "rabbitmq-server".into(),
            brew: "rabbitmq".into(),
            ..Install::default()
        },
        ..Software::new("rabbitmq", ["rabbitmq-server", "rabbitmq-defaults"])
    };
    let further = [
        "/usr/lib/rabbitmq/bin",
        "/opt/homebrew/opt/rabbitmq/sbin",
        "/usr/local/sbin",
    ];
    software.search_paths.extend(further.map(Into::into));
    software
}

fn port_of(node: usize, site: &Site) -> String {
    match node {
        1 => site.port.into(),
        _ => site.port_named(&node.to_string()),
    }
}

/// The variables of all Erlangs.
fn common(site: &Site) -> Vec<(&'static str, String)> {
    vec![
        ("HOME", site.dir.into()),
        ("ERL_EPMD_PORT", site.port_named("epmd")),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
        ("RABBITMQ_CONF_ENV_FILE", "/dev/null".into()),
    ]
}

fn named(texts: Vec<(&str, String)>) -> BTreeMap<String, String> {
    let texts = texts.into_iter();
    texts.map(|(name, text)| (name.to_owned(), text)).collect()
}

impl Options for Rabbitmq {
    const TITLE: &'static str = "RabbitMQ";
    const GETS: &'static str = "a virtual host of its own in a broker that all tests share";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port).pifpaf("5682"),
            Opt::text(
                "nodename",
                "NAME",
                "has nodes of this name",
                |it: Self, name| Ok(it.nodename(name)),
            )
            .pifpaf("pifpaf"),
            Opt::text(
                "username",
                "NAME",
                "has a user of this name",
                |it: Self, name| Ok(it.username(name)),
            )
            .pifpaf("pifpaf"),
            Opt::text(
                "password",
                "PASSWORD",
                "requires this of the user",
                |it: Self, password| Ok(it.password(password)),
            )
            .pifpaf("secret"),
            Opt::flag("cluster", "has three nodes", |it: Self| it.cluster(true)),
        ]
    }
}

impl Instance<Rabbitmq> {
    /// The test's own virtual host; `/` in a broker of its own.
    pub fn vhost(&self) -> &str {
        self.value("vhost")
    }

    /// The user, an administrator.
    pub fn username(&self) -> &str {
        self.value("username")
    }

    /// The user's password.
    pub fn password(&self) -> &str {
        self.value("password")
    }

    /// The URL of the virtual host in the first node, as AMQP clients take it; the same as [`url`](Self::url).
    pub fn amqp_url(&self) -> &str {
        self.url()
    }

    /// The URL as pifpaf and oslo.messaging have it: `rabbit://user:password@localhost:5672/vhost`, with all nodes of a cluster.
    pub fn rabbit_url(&self) -> &str {
        self.value("pifpaf_url")
    }

    /// The URL of the virtual host in each node.
    pub fn urls(&self) -> Vec<&str> {
        let urls = self.values().iter().filter(|(name, _)| {
            let node = name.strip_prefix("url");
            node.is_some_and(|node| node.parse::<usize>().is_ok())
        });
        urls.map(|(_, url)| url.as_str()).collect()
    }

    /// The name of the first node among all Erlangs: `rabbit@localhost`.
    pub fn nodename(&self) -> &str {
        self.value("nodename")
    }
}
