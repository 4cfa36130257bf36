//! Valkey.

use fixtured::daemons::valkey as server;

#[path = "redis_or_valkey.rs"]
mod clients;
