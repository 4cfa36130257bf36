//! RabbitMQ, one node or a cluster of three.

use std::path::Path;

use super::declare::{declare, values};
use super::file::located;
use super::login::encoded;
use super::period::Period;
use super::slot::{FileTexts, Timeout};
use crate::daemon::Daemon;
use crate::launch::{
    Command, Launch, Lender, Process, Protocol, Ready, Reuse, Site, Software, Step,
};

declare! {
    /// A [RabbitMQ](https://www.rabbitmq.com) broker, or a [cluster](Self::cluster) of three nodes.
    ///
    /// Tests share one for each set of options. Each has a virtual host, in which its user has all permissions. It is deleted with its
    /// content when the test ends. Users, global policies and limits belong to the broker. A dedicated broker (`scope = "test"`) has the
    /// virtual host `/`.
    ///
    /// It listens on 127.0.0.1 only. It has its own cookie and its own `epmd`, so it never meets another Erlang on the machine. It reads no
    /// configuration of the machine and enables no plugin. As root it runs as root. A node that you [stop](crate::Node::stop) flushes nothing
    /// first, as if it had crashed.
    ///
    /// With `FIXTURED_RABBITMQ_URL=amqp://user:password@host:5672`, tests use an existing broker. Its management plugin, through which virtual
    /// hosts are created, is expected at port 15672; add `?management_port=` for another one. The user must be an administrator.
    ///
    /// `rabbitmqctl` finds it by [`variables`](crate::Instance::variables).
    #[title("RabbitMQ")]
    #[a_test_gets("a virtual host in a shared broker")]
    pub struct Rabbitmq {
        /// Listen on this port instead of a leased one.
        ///
        /// In a cluster, the other nodes listen on the two ports that follow.
        #[pifpaf("5682")]
        port(u16): Option<u16>,
        /// Name the node.
        ///
        /// The nodes of a cluster add `-1`, `-2` and `-3`. Default: `rabbit`.
        #[value("NAME")]
        #[pifpaf("pifpaf")]
        nodename(impl Into<String>): Option<String>,
        /// Name the user, an administrator.
        ///
        /// Default: `guest`.
        #[value("NAME")]
        #[pifpaf("pifpaf")]
        username(impl Into<String>): Option<String>,
        /// Set the password of the user.
        ///
        /// Default: a random one for each broker.
        #[value("PASSWORD")]
        #[pifpaf("secret")]
        password(impl Into<String>): Option<String>,
        /// Start three nodes.
        ///
        /// Each can be stopped and started: `rabbitmq.node(2).stop()`. Default: one node.
        cluster(bool): bool,
        /// Import the definitions of this file into every virtual host.
        ///
        /// Queues, exchanges, bindings, policies and parameters, as the management API exports them for one virtual host
        /// (`GET /api/definitions/VHOST`). The name of another virtual host in them makes no difference. Several files are imported in their
        /// order. A relative path starts from the package's directory. An existing broker is refused.
        init(impl AsRef<Path>): FileTexts = located,
        /// Limit how long the start may take, and how long a test may wait for its virtual host.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { Rabbitmq {
    /// The test's virtual host; `/` in a dedicated broker.
    vhost: String,
    /// The user, an administrator.
    username: String,
    /// The user's password.
    password: String,
    /// The name of the first node: `rabbit@localhost`.
    nodename: String,
} }

impl crate::Instance<Rabbitmq> {
    /// The URL of the virtual host in the first node, as clients such as the crates `lapin` and `amqprs` take it; the same as
    /// [`url`](Self::url).
    pub fn amqp_url(&self) -> &str {
        self.url()
    }

    /// The URL in the form of pifpaf and oslo.messaging: `rabbit://user:password@localhost:5672/vhost`, with all nodes of a cluster.
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

impl Daemon for Rabbitmq {
    fn launch(&self, site: &Site) -> Launch {
        let Site {
            dir, port, secret, ..
        } = site;
        let username = self.user();
        let password = self.password.as_deref().unwrap_or(secret);
        let epmd_port = site.port_named("epmd");
        let epmd = Command::new("epmd", ["-address", "127.0.0.1", "-port", &epmd_port]);
        let epmd = Process::new(epmd, Ready::port(&epmd_port)).named("epmd");
        let word = self.password.as_deref().map_or((*secret).into(), encoded);
        let login = format!("{}:{word}", encoded(username));
        let path = site.value("path");
        let url = |node| format!("amqp://{login}@127.0.0.1:{}/{path}", port_of(node, site));
        let nodes = 1..=self.nodes();
        let authority = |node| format!("{login}@localhost:{}", port_of(node, site));
        let authorities: Vec<_> = nodes.clone().map(authority).collect();
        let pifpaf_url = format!("rabbit://{}/{}", authorities.join(","), site.value("vhost"));
        let lender = format!("{dir}/node1/lender");

        let mut launch = Launch::new("rabbitmq")
            .needs(software())
            .write(format!("{dir}/start.erl"), START)
            // The only thing that nodes prove to each other, and `rabbitmqctl` to them.
            .write(format!("{dir}/.erlang.cookie"), *secret)
            .write(format!("{dir}/login"), format!("{username}\n{password}"))
            .run(epmd.stopped_by("SIGKILL"))
            .reuse(self.reuse(site))
            .url(url(1))
            .values(Values {
                vhost: "/".into(),
                username: username.into(),
                password: password.into(),
                nodename: self.name_of(1),
            })
            // In URLs the name of the virtual host is encoded.
            .values([("path", "%2F"), ("pifpaf_url", &pifpaf_url)])
            .variables([
                ("RABBITMQ_NODENAME", self.name_of(1)),
                ("RABBITMQ_ERLANG_COOKIE", (*secret).into()),
                ("ERL_EPMD_PORT", epmd_port),
            ])
            .cli_variables([("RABBITMQ_HOME", *dir), ("RABBITMQ_PORT", port)])
            .cli_variables([("RABBITMQ_NODENAME", self.name_of(1))])
            .isolation(Lender::new(lender, ["vhost", "path"]))
            .invalid(self.init.problem("init"))
            .invalid(self.problem());
        for (number, text) in self.init.texts().enumerate() {
            launch = launch.write(format!("{dir}/definitions/{number:03}.json"), text);
        }
        for node in nodes {
            launch = launch
                .run(self.node(node, site))
                .values([(format!("url{node}"), url(node))]);
            let offset = u16::try_from(node - 1).unwrap_or_default();
            let fixed = self.port.and_then(|port| port.checked_add(offset));
            launch = launch.fixed_port(port_name(node), fixed);
            if self.cluster {
                let variable = format!("RABBITMQ_NODENAME{node}");
                launch = launch.cli_variables([(variable, self.name_of(node))]);
            }
        }
        self.timeout.limit(launch)
    }
}

impl Rabbitmq {
    fn reuse(&self, site: &Site) -> Reuse {
        let database = site.value("database");
        let url = |scheme: &str| format!("{scheme}://{}/{database}", site.value("authority"));
        Reuse::new("FIXTURED_RABBITMQ_URL", 5672)
            .managed_at(15672)
            .creates(Protocol::Rabbitmq)
            .values([
                ("vhost", &database),
                ("path", &database),
                ("pifpaf_url", &url("rabbit")),
                ("url1", &url("amqp")),
            ])
            .unless(
                self.init.texts().next().map(
                    |_| "a test wants `init`, which is imported only where fixtured starts it",
                ),
            )
            .unless(
                self.cluster
                    .then_some("a test wants a `cluster` whose nodes it can stop"),
            )
    }

    fn user(&self) -> &str {
        self.username.as_deref().unwrap_or("guest")
    }

    fn base_name(&self) -> &str {
        self.nodename.as_deref().unwrap_or("rabbit")
    }

    fn nodes(&self) -> usize {
        if self.cluster { 3 } else { 1 }
    }

    /// The name of a node among all Erlangs.
    fn name_of(&self, node: usize) -> String {
        let name = self.base_name();
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
        let command = Command::new("rabbitmq-server", Vec::<String>::new())
            .envs(variables)
            .cwd(&dir);
        // What AMQP 0-9-1 starts with, and the method `connection.start`.
        let greeting = "AMQP\0\0\u{9}\u{1}";
        let ready = Ready::exchange(format!("127.0.0.1:{port}"), greeting, r"\x01\x00\x00");
        let process = Process::new(command, ready)
            .named(format!("node{node}"))
            .prepare(Step::Directory(dir.clone()))
            .stopped_by("SIGKILL");
        match node {
            1 if self.init.texts().next().is_some() => {
                let imported = Ready::file(format!("{dir}/imported"), "imported");
                process.after_ready(Step::Wait(imported))
            }
            1 => process,
            // The others load what they need while the first one starts.
            _ => process.concurrent(),
        }
    }

    fn problem(&self) -> Option<String> {
        let name = self.base_name();
        let usual = |letter: char| letter.is_ascii_alphanumeric() || "_-".contains(letter);
        if name.is_empty() || !name.chars().all(usual) {
            let problem = "is not a valid node name; use letters, digits, `_` and `-`";
            return Some(format!("`{name}` {problem}"));
        }
        if self.user().is_empty() || self.user().contains('\n') {
            return Some("a `username` is one line that is not empty".into());
        }
        let last = usize::from(u16::MAX) + 1 - self.nodes();
        let port = self.port.filter(|port| usize::from(*port) > last)?;
        Some(format!("no two ports follow {port}"))
    }
}

/// The real script: the one that Debian has on `PATH` changes the user, and does not have the other program beside it.
fn software() -> Software {
    Software::new("rabbitmq", ["rabbitmq-server", "rabbitmq-defaults"])
        // Asked for its version, the server starts, and other programs leave a cookie in the user's home.
        .version_args::<String>([])
        .search_paths([
            "/usr/lib/rabbitmq/bin",
            "/opt/homebrew/opt/rabbitmq/sbin",
            "/usr/local/sbin",
        ])
        .apt("rabbitmq-server")
        .brew("rabbitmq")
}

fn port_name(node: usize) -> String {
    match node {
        1 => String::new(),
        _ => node.to_string(),
    }
}

fn port_of(node: usize, site: &Site) -> String {
    match node {
        1 => site.port.into(),
        _ => site.port_named(&port_name(node)),
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
