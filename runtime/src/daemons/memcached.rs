//! Memcached.

use std::path::Path;

use super::declare::{declare, values};
use super::file::located;
use super::slot::FileTexts;
use crate::daemon::Daemon;
use crate::launch::{Command, Isolation, Launch, Process, Ready, Reuse, Site, Software};

declare! {
    /// A [Memcached](https://memcached.org) server.
    ///
    /// It starts in about 5 ms. Tests do not share it: all clients see the same keys, and `flush_all` deletes them all. As root it runs as
    /// `nobody`.
    ///
    /// With [`ssl_chain_cert`](Self::ssl_chain_cert) it accepts [TLS](https://docs.memcached.org/features/tls/) connections only. It asks
    /// clients for a certificate but does not require one. Certificates and keys are in PEM format. Their files are read when the option is
    /// set, so they may belong to root and need not exist while the server runs. `openssl` or the crate `rcgen` makes some for a test.
    #[title("Memcached")]
    #[a_test_gets("a dedicated server")]
    pub struct Memcached {
        /// Listen on this port instead of a leased one.
        #[pifpaf("11212")]
        port(u16): Option<u16>,
        /// Require TLS, with the certificate in this file.
        ///
        /// The certificates of the authorities that signed it may follow it.
        #[value("FILE")]
        #[cli("ssl_chain_cert")]
        ssl_chain_cert(impl AsRef<Path>): FileTexts = located,
        /// Take the certificate's private key from this file.
        ///
        /// Default: the file of the certificate.
        #[value("FILE")]
        #[cli("ssl_key")]
        ssl_key(impl AsRef<Path>): FileTexts = located,
        /// Accept only client certificates that are signed by the authorities in this file.
        #[value("FILE")]
        #[cli("ssl_ca_cert")]
        ssl_ca_cert(impl AsRef<Path>): FileTexts = located,
    }
}

values! { Memcached {
    /// The URL for the crate `memcache`: `memcache://localhost:11211`, or `memcache+tls://localhost:11211` with TLS.
    memcache_url: String,
} }

/// A TLS greeting that lacks everything required. A working server refuses it with an alert, which begins with these bytes (RFC 8446, 5.1
/// and 6).
const GREETING: &str = "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00";
const ALERT: &str = "\x15\x03";

impl Daemon for Memcached {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let address = format!("127.0.0.1:{port}");
        let args = ["-l", "127.0.0.1", "-p", port, "-U", "0", "-t", "1"];
        let mut command = Command::new("memcached", args).as_root("nobody");
        let mut ready = Ready::exchange(&address, "version\r\n", "VERSION ");
        let mut launch = Launch::new("memcached");
        let mut scheme = "memcache";
        let files = self.tls();
        if !files.is_empty() {
            ready = Ready::exchange(&address, GREETING, ALERT);
            scheme = "memcache+tls";
            command = command.args(["-Z", "-o", "ssl_verify_mode=1"]);
            launch = launch.cli_variables([("MEMCACHED_TLS_ENABLED", "1")]);
        }
        for (option, text) in files {
            // Relative to the instance's directory, since a comma in a path would begin another option.
            command = command.args(["-o", &format!("{option}={option}.pem")]);
            launch = launch.write(format!("{dir}/{option}.pem"), text);
        }
        launch
            .needs(
                Software::new("memcached", ["memcached"])
                    .apt("memcached")
                    .brew("memcached"),
            )
            // On SIGTERM it waits up to a second for its own timer.
            .run(Process::new(command, ready).stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_MEMCACHED_URL",
                "its keys are everybody's, and those of a test cannot be found again",
            ))
            .fixed_port("", self.port)
            .url(format!("memcached://localhost:{port}"))
            .values(Values {
                memcache_url: format!("{scheme}://localhost:{port}"),
            })
            .cli_variables([("MEMCACHED_PORT", *port)])
            .isolation(Isolation::Server)
            .invalid(self.problem())
    }
}

impl Memcached {
    /// The server's options that name a file, and the texts of the files.
    fn tls(&self) -> Vec<(&'static str, String)> {
        let certificate = joined(&self.ssl_chain_cert);
        let files = [
            ("ssl_ca_cert", joined(&self.ssl_ca_cert)),
            ("ssl_chain_cert", certificate.clone()),
            // Whatever its help says, the server does not look for the key in the file of the certificate.
            ("ssl_key", joined(&self.ssl_key).or(certificate)),
        ];
        let given = files.into_iter();
        given
            .filter_map(|(option, text)| Some((option, text?)))
            .collect()
    }

    fn problem(&self) -> Option<String> {
        let unreadable = [
            self.ssl_ca_cert.problem("ssl_ca_cert"),
            self.ssl_chain_cert.problem("ssl_chain_cert"),
            self.ssl_key.problem("ssl_key"),
        ];
        let files = self.tls();
        let is_complete = files.is_empty() || files.iter().any(|(it, _)| *it == "ssl_chain_cert");
        let incomplete = "TLS needs a certificate: set `ssl_chain_cert`";
        let incomplete = (!is_complete).then(|| incomplete.into());
        unreadable.into_iter().flatten().next().or(incomplete)
    }
}

/// The texts of these files, if there are any.
fn joined(files: &FileTexts) -> Option<String> {
    let texts = files.texts().map(|text| format!("{text}\n"));
    texts.reduce(|all, more| all + &more)
}
