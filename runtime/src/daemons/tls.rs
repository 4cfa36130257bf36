//! A throw-away certificate authority, and a server's certificate that it has signed.

use crate::launch::{Command, Launch, Software, Step};

/// What `openssl` is told, whatever the machine's own configuration says. The names are those of this machine.
const CONFIGURATION: &str = "\
[req]
distinguished_name = name
prompt = no
[name]
CN = fixtured
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
authorityKeyIdentifier = keyid
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
";

/// The certificates are cached, and must not expire there: they are valid for a hundred years.
const NEW: &str = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 36500";

/// Why an existing server is of no use.
pub(super) const OWN: &str = "a test wants `tls` by an authority of its own";

/// The files of a server in this directory.
pub(super) struct Tls(String);

impl Tls {
    /// Below the directory of the instance.
    pub(super) fn within(dir: &str) -> Self {
        Self(format!("{dir}/tls"))
    }

    /// The authority's certificate, which clients trust.
    pub(super) fn ca(&self) -> String {
        format!("{}/ca.pem", self.0)
    }

    pub(super) fn certificate(&self) -> String {
        format!("{}/server.pem", self.0)
    }

    pub(super) fn key(&self) -> String {
        format!("{}/server.key", self.0)
    }

    /// The launch of a server that this user runs as root, with the files.
    pub(super) fn prepare(&self, launch: Launch, template: &str, user: &str) -> Launch {
        let path = |name: &str| format!("{template}/{name}");
        let config = path("openssl.conf");
        let new = |name: &str, extensions: &str, more: &[&str]| {
            let (key, certificate) = (path(&format!("{name}.key")), path(&format!("{name}.pem")));
            let files = ["-keyout", &key, "-out", &certificate, "-config", &config];
            let command = Command::new("openssl", NEW.split(' '))
                .args(files)
                .args(["-extensions", extensions])
                .args(more.iter().copied());
            Step::Run(command.as_root(user))
        };
        let (ca, ca_key) = (path("ca.pem"), path("ca.key"));
        let build = [
            Step::write(&config, CONFIGURATION),
            new("ca", "authority", &[]),
            new("server", "server", &["-CA", &ca, "-CAkey", &ca_key]),
        ];
        launch
            .needs(
                Software::new("openssl", ["openssl"])
                    .version_args(["version"])
                    .apt("openssl")
                    .brew("openssl@3"),
            )
            .prepare(Step::template(&self.0, build))
    }
}
