//! Async functions, under a runtime's attribute on either side.
#![deny(warnings, clippy::all)]

use std::error::Error;

use fixtured::{Instance, daemons::Redis, fixture, with_daemon};

#[fixture(redis)]
#[tokio::test]
async fn above(url: &str, redis: &Instance<Redis>) {
    tokio::task::yield_now().await;
    assert_eq!(url, redis.url());
}

#[tokio::test]
#[fixture(redis)]
async fn below(url: &str) -> Result<(), Box<dyn Error>> {
    tokio::task::yield_now().await;
    let _ = url;
    Ok(())
}

#[fixture(redis)]
#[tokio::test(flavor = "current_thread")]
#[with_daemon("sleep 1000")]
async fn around(redis_url: String, sleep_pid: u32) {
    tokio::task::yield_now().await;
    let _ = (redis_url, sleep_pid);
}
