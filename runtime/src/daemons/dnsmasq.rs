//! Dnsmasq, as a DNS server.

use std::net::IpAddr;
use std::path::Path;

use super::configuration::Configuration;
use super::declare::{declare, values};
use super::file::located;
use super::slot::{FileTexts, Settings};
use crate::daemon::Daemon;
use crate::launch::{
    Command, Isolation, Launch, Process, Ready, Reuse, Site, Software, Step, template,
};

declare! {
    /// A DNS server for the names that a test gives it: [dnsmasq](https://thekelleys.org.uk/dnsmasq/doc.html) without DHCP and TFTP.
    ///
    /// It starts in about 10 ms, so tests do not share it: its records belong to the server. It answers over UDP and TCP on 127.0.0.1 only, and
    /// notes each query in its log. A name without a record does not exist (`NXDOMAIN`); it reads neither `/etc/hosts` nor `/etc/resolv.conf`.
    /// As root it runs as root.
    ///
    /// The URL is `dns://127.0.0.1:PORT`; resolvers usually take the address alone, [`host`](crate::Instance::host) and
    /// [`port`](crate::Instance::port).
    #[title("dnsmasq (DNS)")]
    #[a_test_gets("a dedicated server")]
    pub struct Dnsmasq {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Give this name an address.
        ///
        /// Repeat it for more names. Several addresses, of IPv4 and IPv6, are separated by commas. The addresses are resolved back to the name.
        record(impl Into<String>, impl Into<String>): Settings = Settings::one,
        /// Ask this server for all other names.
        ///
        /// An address, such as `1.1.1.1` or `127.0.0.1:5353`. Default: none; other names do not exist.
        #[value("ADDRESS")]
        upstream(impl Into<String>): Option<String>,
        /// Add this text to the [configuration](https://thekelleys.org.uk/dnsmasq/docs/dnsmasq-man.html).
        ///
        /// For example `config("cname=www.test,web.test\nsrv-host=_http._tcp.test,web.test,80")`. It may contain `{dir}` for the instance's
        /// directory.
        config(impl Into<String>): Option<String>,
        /// Add the text of this file to the configuration.
        ///
        /// See [`config`](Self::config), which it replaces. A relative path starts from the package's directory.
        config_file(impl AsRef<Path>): FileTexts = located,
    }
}

values! { Dnsmasq {
    /// A directory for files like `/etc/hosts`. The server reads each file that a test writes there, while it runs.
    hosts: Path,
} }

impl Daemon for Dnsmasq {
    fn launch(&self, Site { dir, port, .. }: &Site) -> Launch {
        let own = Configuration {
            text: &self.config,
            files: &self.config_file,
        };
        let hosts = format!("{dir}/hosts");
        let path = format!("{dir}/dnsmasq.conf");
        let others = match &self.upstream {
            None => "--address=/#/".into(),
            Some(server) => match server.split_once(':') {
                // It separates the port by another character. An address of IPv6 has several colons.
                Some((address, port)) if !port.contains(':') => {
                    format!("--server={address}#{port}")
                }
                _ => format!("--server={server}"),
            },
        };
        let records = self.record.0.iter();
        let records = records.map(|(name, address)| format!("--host-record={name},{address}"));
        let command = Command::new("dnsmasq", ["--keep-in-foreground"])
            .arg(format!("--conf-file={path}"))
            .arg(format!("--port={port}"))
            .args(["--listen-address=127.0.0.1", "--bind-interfaces"])
            .args(["--no-resolv", "--no-hosts", "--no-poll", "--pid-file="])
            // As root it would otherwise change to a user that cannot read its files.
            .args(["--user=root", "--group=root"])
            .args(["--log-facility=-", "--log-queries"])
            .arg(format!("--hostsdir={hosts}"))
            .arg(others)
            .args(records);

        Launch::new("dnsmasq")
            .needs(
                Software::new("dnsmasq", ["dnsmasq"])
                    .apt("dnsmasq-base")
                    .brew("dnsmasq"),
            )
            .prepare(Step::Directory(hosts.clone()))
            .write(path, own.get().map(template).unwrap_or_default())
            // It has sockets for UDP before it listens on those for TCP.
            .run(Process::new(command, Ready::port(port)).stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_DNSMASQ_URL",
                "its records are what a test wants",
            ))
            .fixed_port("", self.port)
            .url(format!("dns://127.0.0.1:{port}"))
            .cli_variables([("DNSMASQ_PORT", *port), ("DNSMASQ_HOSTS", &hosts)])
            .values(Values { hosts })
            .isolation(Isolation::Server)
            .invalid(own.problem())
            .invalid(self.no_address())
    }
}

impl Dnsmasq {
    /// What is wrong with the first record that has something else than addresses, which would be taken for further names.
    fn no_address(&self) -> Option<String> {
        let is_address = |text: &str| text.parse::<IpAddr>().is_ok();
        let wrong = |text: &str| !text.split(',').all(is_address);
        let mut records = self.record.0.iter();
        let (name, address) = records.find(|(_, address)| wrong(address))?;
        Some(format!(
            "`record`: `{name}` has the address `{address}`, expected e.g. `127.0.0.1` or `127.0.0.1,::1`"
        ))
    }
}
