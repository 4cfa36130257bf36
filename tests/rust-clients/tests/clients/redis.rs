//! Redis.

use fixtured::daemons::redis as server;

#[path = "redis_or_valkey.rs"]
mod clients;
