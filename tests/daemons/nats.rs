//! NATS, as this machine has it.

use fixtured::daemons::nats as server;

#[path = "nats_each.rs"]
mod each;
