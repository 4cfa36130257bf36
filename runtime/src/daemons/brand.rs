//! Servers of one definition that differ in their names only.

use std::fmt::Debug;

/// One of the servers that speak [RESP](https://redis.io/docs/latest/develop/reference/protocol-spec/).
pub trait Brand: Clone + Debug + Default + 'static {
    /// Its name in prose.
    const TITLE: &'static str;
    /// Its name in programs, packages and URLs.
    const NAME: &'static str;
}

/// [`Redis`](super::Redis) is this one.
#[derive(Clone, Debug, Default)]
pub struct Redis;

impl Brand for Redis {
    const TITLE: &'static str = "Redis";
    const NAME: &'static str = "redis";
}

/// [`Valkey`](super::Valkey) is this one.
#[derive(Clone, Debug, Default)]
pub struct Valkey;

impl Brand for Valkey {
    const TITLE: &'static str = "Valkey";
    const NAME: &'static str = "valkey";
}
