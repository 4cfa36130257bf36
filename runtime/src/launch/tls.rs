//! How a connection to an existing server is encrypted.

use serde::{Deserialize, Serialize};

/// How a connection to an existing server is encrypted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Tls {
    pub(crate) mode: TlsMode,
    /// The name in the server's certificate.
    pub(crate) host: String,
    /// The file of the certificates that are trusted.
    pub(crate) roots: Option<String>,
}

/// What libpq calls `sslmode` (<https://www.postgresql.org/docs/current/libpq-ssl.html>).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum TlsMode {
    Disable,
    /// Only if the server refuses connections without it.
    Allow,
    /// If the server speaks it, and accepts such connections.
    Prefer,
    Require,
    /// The certificate must be signed by a trusted one.
    VerifyCa,
    /// It must be for this host, too.
    VerifyFull,
}
