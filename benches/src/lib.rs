//! What the measurements share. `benches/run` runs them all and writes `benches/RESULTS.md`.

pub mod bare;
pub mod bare_databases;
pub mod by_hand;
pub mod clock;
pub mod figures;
pub mod launches;
pub mod look;
pub mod mirakuru;
pub mod mysql;
pub mod mysql_migrations;
pub mod peer;
pub mod postgres;
pub mod rerun;
pub mod room;
pub mod running;
pub mod seed;
pub mod stamps;
pub mod stock;

/// A measurement that fails has no use for anything but the message.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
