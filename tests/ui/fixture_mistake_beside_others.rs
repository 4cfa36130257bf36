use fixtured::{fixture, with_daemon};

#[fixture(redis, scope = "tets")]
#[with_daemon("my-server {redis.url}")]
#[should_panic]
#[tokio::test]
async fn serves(redis_url: &str) {
    let _ = redis_url;
}
