//! Memcached.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::launch::{Command, Install, Isolation, Launch, Process, Ready, Site, Software, Step};

/// A [Memcached](https://memcached.org) server.
///
/// Each test has a server of its own, which starts in some 5 ms. There is nothing inside a server that could be set apart: keys are
/// one space, and `flush_all` empties it. As root it runs as `nobody`.
///
/// With a certificate it speaks [TLS](https://docs.memcached.org/features/tls/) and nothing else. It asks clients for a certificate, but does
/// without. Files in PEM format are read when they are named, so they may be those of root, and may be gone when the server runs. `openssl`
/// or the crate `rcgen` makes some for a test.
#[derive(Clone, Debug, Default)]
pub struct Memcached {
    port: Option<u16>,
    /// What each file of TLS holds, by the server's name for it.
    tls: BTreeMap<&'static str, String>,
    problem: Option<String>,
}

impl Memcached {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Speaks TLS, with the certificate in this file, which is followed by those that certify it.
    pub fn ssl_chain_cert(self, file: impl AsRef<Path>) -> Self {
        self.tls("ssl_chain_cert", file.as_ref())
    }

    /// The certificate's private key. Default: it is in the certificate's file.
    pub fn ssl_key(self, file: impl AsRef<Path>) -> Self {
        self.tls("ssl_key", file.as_ref())
    }

    /// The authorities of whom a certificate must be that a client shows.
    pub fn ssl_ca_cert(self, file: impl AsRef<Path>) -> Self {
        self.tls("ssl_ca_cert", file.as_ref())
    }

    fn tls(mut self, name: &'static str, file: &Path) -> Self {
        match fs::read_to_string(file) {
            Ok(text) => drop(self.tls.insert(name, text)),
            Err(error) => {
                let file = file.display();
                self.problem = Some(format!("`{name}`: cannot read `{file}`: {error}"));
            }
        }
        self
    }
}

/// A greeting of TLS without anything that must be in it. A server that works refuses it by an alert, the first bytes of which follow
/// (RFC 8446, 5.1 and 6).
const GREETING: &str = "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00";
const ALERT: &str = "\x15\x03";

impl Daemon for Memcached {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let mut launch = Launch::new("memcached");
        launch.invalid.clone_from(&self.problem);
        let mut command = Command {
            as_root: Some("nobody".into()),
            ..Command::new(
                "memcached",
                ["-l", "127.0.0.1", "-p", port, "-U", "0", "-t", "1"],
            )
        };
        let (mut send, mut expect) = ("version\r\n", "VERSION ");
        if !self.tls.is_empty() {
            (send, expect) = (GREETING, ALERT);
            let mut files = self.tls.clone();
            match files.get("ssl_chain_cert").cloned() {
                // Without a key of its own the server does not look for it there, whatever its help says.
                Some(both) => drop(files.entry("ssl_key").or_insert(both)),
                None if self.problem.is_some() => {}
                None => {
                    launch.invalid = Some("TLS needs a certificate: set `ssl_chain_cert`".into())
                }
            }
            let mut option = |text: String| command.args.extend(["-o".to_owned(), text]);
            option("ssl_verify_mode=1".into());
            for (name, text) in files {
                // As seen from the instance's directory, since a comma in a path would begin another option.
                let file = format!("{name}.pem");
                option(format!("{name}={file}"));
                let path = format!("{dir}/{file}");
                launch.prepare.push(Step::Write { path, text });
            }
            command.args.push("-Z".into());
            launch.cli_variables = [("MEMCACHED_TLS_ENABLED".to_owned(), "1".to_owned())].into();
        }
        let ready = Ready::Exchange {
            address: format!("127.0.0.1:{port}"),
            send: send.into(),
            expect: expect.into(),
        };
        launch.software.push(Software {
            install: Install {
                apt: "memcached".into(),
                brew: "memcached".into(),
                ..Install::default()
            },
            ..Software::new("memcached", ["memcached"])
        });
        // On SIGTERM it waits for a timer of its own, for a second.
        launch
            .processes
            .push(Process::new(command, ready).stopped_by("SIGKILL"));
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        launch.url = format!("memcached://localhost:{port}");
        launch
            .cli_variables
            .insert("MEMCACHED_PORT".into(), (*port).into());
        launch.isolation = Isolation::Server;
        launch
    }
}

impl Options for Memcached {
    const TITLE: &'static str = "Memcached";
    const GETS: &'static str = "a server of its own";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port).pifpaf("11212"),
            Opt::text(
                "ssl_chain_cert",
                "FILE",
                "speaks TLS with this certificate",
                |it, file| Ok(it.ssl_chain_cert(file)),
            ),
            Opt::text(
                "ssl_key",
                "FILE",
                "has the key of its certificate here",
                |it, file| Ok(it.ssl_key(file)),
            ),
            Opt::text(
                "ssl_ca_cert",
                "FILE",
                "trusts the clients of this authority",
                |it, file| Ok(it.ssl_ca_cert(file)),
            ),
        ]
    }
}
