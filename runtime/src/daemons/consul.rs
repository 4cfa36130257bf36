//! Consul, as a server in development mode.

use std::path::Path;

use super::declare::{declare, values};
use super::file::located;
use super::slot::FileTexts;
use crate::daemon::Daemon;
use crate::launch::{
    Command, Databases, HttpProbe, Init, Isolation, Launch, Process, Protocol, Ready, Reuse,
    Script, Site, Software, Step,
};

declare! {
    /// A [Consul](https://developer.hashicorp.com/consul) agent: one server, in memory, with the HTTP API.
    ///
    /// Tests share it, since it takes more than 100 ms to start. A test should start its keys and the names of its services with its
    /// [`prefix`](crate::Instance::<Self>::prefix); it can still see those of other tests. `scope = "test"` starts a dedicated server.
    ///
    /// When it is ready, it has elected and registered itself: keys can be written, and `consul` is in the catalog. It listens on 127.0.0.1
    /// only; DNS, gRPC and the WAN are off, and it does not check for updates. As root it runs as root.
    ///
    /// With `FIXTURED_CONSUL_URL` tests use an existing agent. The password in the URL is a token. Keys and services that begin with a test's
    /// prefix are removed afterwards.
    ///
    /// Distributions no longer ship it; HashiCorp has packages of the same name for most. It is also found in
    /// `~/.local/share/fixtured/consul/bin`.
    #[title("Consul")]
    #[a_test_gets("a prefix for its keys and names in a shared server")]
    pub struct Consul {
        /// Serve the HTTP API on this port instead of a leased one.
        #[pifpaf("8500")]
        port(u16): Option<u16>,
        /// Copy the keys of this file for each test.
        ///
        /// It is what `consul kv export` writes. Each key follows the test's prefix, so that `app/colour` is
        /// `PREFIXapp/colour`. The keys of a test are removed when it ends. A relative path starts from the package's directory.
        init(impl AsRef<Path>): FileTexts = located,
    }
}

values! { Consul {
    /// The URL of the HTTP API, which the crate `rs-consul` calls the address: `http://127.0.0.1:8500`.
    http_url: String,
    /// The prefix for the names of what the test creates, unique among the tests that share the server.
    prefix: String,
} }

/// What clients might take from the user's environment for another server (<https://developer.hashicorp.com/consul/commands>).
const NEUTRAL: [&str; 8] = [
    "CONSUL_HTTP_SSL",
    "CONSUL_HTTP_AUTH",
    "CONSUL_HTTP_TOKEN",
    "CONSUL_HTTP_TOKEN_FILE",
    "CONSUL_CACERT",
    "CONSUL_CAPATH",
    "CONSUL_CLIENT_CERT",
    "CONSUL_CLIENT_KEY",
];

impl Daemon for Consul {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let (server, serf) = (site.port_named("server"), site.port_named("serf"));
        // Of what clients connect to, only the HTTP API is given an address. Turning the other ports off by name would not do: some
        // versions do not know the names, and others open them anyway.
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
            Ready::Http(HttpProbe::get(format!("{http_url}{path}")).body(body))
        };
        let command = Command::new("consul", ["agent", "-dev", "-config-file", &path]);
        // Most requests hang if they are sent before there is a leader.
        let process = Process::new(command, answers("/v1/status/leader", ":"))
            .after_ready(Step::Wait(answers("/v1/catalog/service/consul", "Address")));

        let mut init = Init::default();
        let texts = self.init.texts().map(|text| Script::new("keys", text));
        init.scripts.extend(texts);
        let (isolation, prefix) = match init.scripts.is_empty() {
            true => (Isolation::Prefix, "test".into()),
            false => {
                let address = format!("127.0.0.1:{port}");
                let keys = Databases::new(Protocol::Consul, address, "", "").init(init.clone());
                (keys.into(), format!("{}-", site.value("database")))
            }
        };

        let launch = Launch::new("consul")
            .needs(
                Software::new("consul", ["consul"])
                    .version_args(["version"])
                    .apt("consul")
                    .brew("hashicorp/tap/consul"),
            )
            .write(path, config)
            // On SIGTERM it takes half a second.
            .run(process.stopped_by("SIGKILL"))
            .reuse(
                Reuse::new("FIXTURED_CONSUL_URL", 8500)
                    .creates(Protocol::Consul)
                    .url(format!("consul://{}", site.value("address")))
                    .values([("prefix", format!("{}-", site.value("database")))]),
            )
            .fixed_port("", self.port)
            .url(format!("consul://127.0.0.1:{port}"))
            .variables([("CONSUL_HTTP_ADDR", &http_url)])
            .variables(NEUTRAL.map(|name| (name, "")))
            .cli_variables([("CONSUL_PORT", *port)])
            .values(Values { http_url, prefix })
            .isolation(isolation)
            .invalid(self.init.problem("init"));
        match init.scripts.is_empty() {
            true => launch,
            false => launch.values([("database", "")]),
        }
    }
}
