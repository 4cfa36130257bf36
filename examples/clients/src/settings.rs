//! Settings from the environment.

use std::env;
use std::net::{Ipv4Addr, SocketAddr};

/// The settings of the service.
pub(crate) struct Settings {
    /// The address to listen on.
    pub(crate) address: SocketAddr,
    /// The database for users and notes.
    pub(crate) database_url: String,
}

impl Settings {
    /// Reads `PORT` and `DATABASE_URL`.
    pub(crate) fn from_environment() -> Result<Self, String> {
        let port = variable("PORT")?;
        let port: u16 = port
            .parse()
            .map_err(|error| format!("PORT is `{port}`: {error}"))?;
        Ok(Self {
            address: (Ipv4Addr::LOCALHOST, port).into(),
            database_url: variable("DATABASE_URL")?,
        })
    }
}

fn variable(name: &str) -> Result<String, String> {
    env::var(name).map_err(|error| format!("{name}: {error}"))
}
