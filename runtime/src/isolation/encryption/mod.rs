//! Encryption by TLS, if this crate is built with it.

#[cfg(not(feature = "tls"))]
mod absent;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "tls")]
mod verification;

#[cfg(not(feature = "tls"))]
pub(super) use absent::Encryption;
#[cfg(feature = "tls")]
pub(super) use tls::Encryption;
