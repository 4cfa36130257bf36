//! Valkey.

use fixtured::daemons::valkey as server;

#[path = "redis_or_valkey.rs"]
#[expect(clippy::duplicate_mod, reason = "the same tests run on both servers")]
mod clients;
