//! Settings from the environment.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};

/// The settings of the service.
pub(crate) struct Settings {
    /// The address to listen on.
    pub(crate) address: SocketAddr,
    /// The database for the notes. If `None`, they are kept in memory.
    pub(crate) database_url: Option<String>,
}

impl Settings {
    /// Reads `PORT` and `DATABASE_URL`.
    pub(crate) fn from_environment() -> Result<Self, String> {
        let port = env::var("PORT").map_err(|error| format!("PORT: {error}"))?;
        let port: u16 = port
            .parse()
            .map_err(|error| format!("PORT is `{port}`: {error}"))?;
        Ok(Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            database_url: env::var("DATABASE_URL").ok(),
        })
    }
}
