//! etcd, as this machine has it.

use fixtured::daemons::etcd as server;

#[path = "etcd_each.rs"]
mod each;
