//! HAProxy.

use std::path::Path;

use super::configuration::Configuration;
use super::declare::{declare, values};
use super::file::located;
use super::slot::FileTexts;
use super::upstream::Upstream;
use crate::daemon::Daemon;
use crate::launch::{Command, Isolation, Launch, Process, Ready, Reuse, Site, Software, template};

declare! {
    /// An [HAProxy](https://www.haproxy.org) load balancer, in front of a server or with your own configuration.
    ///
    /// It starts in about 20 ms, so tests do not share it. Without options it forwards HTTP requests to the address
    /// [`backend`](crate::Instance::<Haproxy>::backend), where a test may start a server. It has one thread, notes each request in its log, and
    /// listens on 127.0.0.1 only. As root it runs as root.
    #[title("HAProxy")]
    #[a_test_gets("a dedicated proxy, in front of a server or with your own configuration")]
    pub struct Haproxy {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Forward requests to this server.
        ///
        /// An address such as `127.0.0.1:8080`, or an `http` URL. Default: a leased port of 127.0.0.1.
        #[value("HOST:PORT")]
        backend(impl Into<String>): Option<String>,
        /// Use this [configuration](https://docs.haproxy.org/2.6/configuration.html).
        ///
        /// It must listen on `127.0.0.1:{port}`. It may contain `{dir}` for the instance's directory and `{port:NAME}` for further ports, which
        /// are [`port_named`](crate::Instance::port_named). Relative paths start from the instance's directory. Before it stand a `global` section
        /// and a `defaults` section with `mode http`, time limits and a log; a `defaults` section of its own replaces that one.
        config(impl Into<String>): Option<String>,
        /// Use the configuration in this file.
        ///
        /// See [`config`](Self::config), which it replaces. A relative path starts from the package's directory.
        config_file(impl AsRef<Path>): FileTexts = located,
    }
}

values! { Haproxy {
    /// The address that requests are forwarded to, unless the configuration says otherwise: `host:port`.
    backend: String,
    /// The path of the socket for its [commands](https://docs.haproxy.org/2.6/management.html#9.3), such as `show stat`.
    socket: Path,
} }

/// What stands before the configuration. Paths are relative to the instance's directory, since this format cannot hold every path.
const BEFORE: &str = "\
global
  nbthread 1
  stats socket unix@admin.sock mode 600 level admin
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 5s
  timeout client 60s
  timeout server 60s
";

impl Daemon for Haproxy {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let (Upstream { host, port: there }, problem) = Upstream::backend(&self.backend, site);
        let backend = format!("{host}:{there}");
        let own = Configuration {
            text: &self.config,
            files: &self.config_file,
        };
        let forwarding =
            || format!("listen http\n  bind 127.0.0.1:{port}\n  server backend {backend}\n");
        let config = own.get().map_or_else(forwarding, template);
        let socket = format!("{dir}/admin.sock");
        let (before, path) = (format!("{dir}/before.cfg"), format!("{dir}/haproxy.cfg"));
        // In the foreground, whatever the configuration says.
        let command = Command::new("haproxy", ["-db", "-f", &before, "-f", &path]);

        Launch::new("haproxy")
            .needs(
                Software::new("haproxy", ["haproxy"])
                    .version_args(["-v"])
                    .apt("haproxy")
                    .brew("haproxy"),
            )
            .write(before, BEFORE)
            .write(path, config)
            .run(Process::new(command, Ready::port(port)).stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_HAPROXY_URL",
                "its configuration is what a test wants",
            ))
            .fixed_port("", self.port)
            .url(format!("http://127.0.0.1:{port}"))
            .cli_variables([
                ("HAPROXY_PORT", *port),
                ("HAPROXY_BACKEND", &backend),
                ("HAPROXY_SOCKET", &socket),
            ])
            .values(Values { backend, socket })
            .isolation(Isolation::Server)
            .invalid(problem)
            .invalid(own.listening(self.port, site))
    }
}
