//! Every form of `#[fixture]`.
#![deny(warnings, clippy::all)]

use fixtured::{
    Instance,
    daemons::{Memcached, Postgres, Redis, memcached},
    fixture,
};

mod support {
    pub(crate) fn cache() -> fixtured::daemons::Redis {
        fixtured::daemons::redis()
    }
}

const PASSWORD: &str = "s3cret";

#[fixture(postgresql, port = 21_000)]
#[fixture(redis, password = PASSWORD, scope = "test",)]
#[fixtured::fixture(crate::support::cache, port = 6000 + 379)]
#[fixture(self::memcached as sessions, scope = "session")]
#[test]
fn several(
    postgresql: &Instance<Postgres>,
    redis: &Instance<Redis>,
    cache_port: u16,
    sessions: &Instance<Memcached>,
    sessions_url: &str,
) {
    let _ = (
        postgresql.url(),
        redis.url(),
        cache_port,
        sessions.url(),
        sessions_url,
    );
}

#[fixture(redis, password = "{memcached.url}")]
#[fixture(memcached)]
#[test]
fn one_needs_the_other(redis_url: &str) {
    let _ = redis_url;
}

#[fixture(redis, password = "{neither.fixture} {nor} {{placeholder}}")]
#[test]
fn braces_in_options(url: &str) {
    let _ = url;
}
