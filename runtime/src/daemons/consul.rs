//! Consul, as a server in development mode.

use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Install, Isolation, Launch, Process, Ready, Site, Software, Step,
};

/// A [Consul](https://developer.hashicorp.com/consul) agent: one server, in memory, with the HTTP API.
///
/// Tests share it, since it takes more than 100 ms to start. Each has a word of its own, `prefix()`, to begin its keys and the names of
/// its services with; nothing keeps it from those of other tests. `scope = "test"` gives a server of one's own.
///
/// It has elected itself and registered itself when it counts as started, so that keys can be written and `consul` is in the catalog. It
/// listens on 127.0.0.1; DNS, gRPC and the WAN are off, and it asks nobody for updates. As root it runs as root.
///
/// Distributions have dropped it; its makers have packages for most, under the same name. What is in
/// `~/.local/share/fixtured/consul/bin` is found as well.
#[derive(Clone, Debug, Default)]
pub struct Consul {
    port: Option<u16>,
}

impl Consul {
    /// Has its HTTP API on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }
}

impl Daemon for Consul {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let (server, serf) = (site.port_named("server"), site.port_named("serf"));
        // What clients connect to has no address unless it is given one, which is the HTTP API alone: the other ports by their names
        // would be unknown to some versions, and open in others.
        let config = format!(
            "bind_addr = \"127.0.0.1\"\n\
             client_addr = \"\"\n\
             addresses {{ http = \"127.0.0.1\" }}\n\
             ports {{ http = {port} server = {server} serf_lan = {serf} serf_wan = -1 }}\n\
             disable_host_node_id = true\n\
             disable_update_check = true\n\
             log_level = \"warn\"\n"
        );
        let path = format!("{dir}/consul.hcl");
        let http_url = format!("http://127.0.0.1:{port}");
        let answers = |path: &str, body: &str| {
            Ready::Http(HttpProbe {
                body: body.into(),
                ..HttpProbe::get(format!("{http_url}{path}"))
            })
        };
        // Most questions hang if they are asked before there is a leader.
        let command = Command::new("consul", ["agent", "-dev", "-config-file", &path]);
        let process = Process {
            after_ready: vec![Step::Wait(answers("/v1/catalog/service/consul", "Address"))],
            ..Process::new(command, answers("/v1/status/leader", ":"))
        };

        let mut launch = Launch::new("consul");
        launch.software.push(Software {
            version_args: vec!["version".into()],
            install: Install {
                apt: "consul".into(),
                brew: "hashicorp/tap/consul".into(),
                ..Install::default()
            },
            ..Software::new("consul", ["consul"])
        });
        launch.prepare.push(Step::Write { path, text: config });
        // On SIGTERM it takes half a second.
        launch.processes.push(process.stopped_by("SIGKILL"));
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        launch.url = format!("consul://127.0.0.1:{port}");
        launch.variables = [("CONSUL_HTTP_ADDR".to_owned(), http_url.clone())].into();
        launch.cli_variables = [("CONSUL_PORT".to_owned(), (*port).to_owned())].into();
        launch.values = [
            ("http_url".to_owned(), http_url),
            ("prefix".to_owned(), "test".to_owned()),
        ]
        .into();
        launch.isolation = Isolation::Prefix;
        launch
    }
}

impl Options for Consul {
    const TITLE: &'static str = "Consul";
    const GETS: &'static str = "a prefix for its keys and names in a server that all tests share";

    fn options() -> Vec<Opt<Self>> {
        vec![Opt::port("port", "has its HTTP API on this port", Self::port).pifpaf("8500")]
    }
}

impl Instance<Consul> {
    /// The URL of the HTTP API.
    pub fn http_url(&self) -> &str {
        self.value("http_url")
    }

    /// The word with which the test's keys and names should begin; no other test of the session has the same in this server.
    pub fn prefix(&self) -> &str {
        self.value("prefix")
    }
}
