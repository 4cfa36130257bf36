//! The clients of Redis and Valkey.

use fixtured::fixture;

use crate::Result;

#[fixture(super::server)]
fn redis(redis_url: &str) -> Result {
    use redis::TypedCommands;

    let mut connection = redis::Client::open(redis_url)?.get_connection()?;
    connection.set("key", "value")?;
    assert_eq!(connection.get("key")?.as_deref(), Some("value"));
    Ok(())
}

#[fixture(super::server, password = "s3cret")]
#[tokio::test]
async fn redis_password(redis_url: &str) -> Result {
    use redis::AsyncTypedCommands;

    let client = redis::Client::open(redis_url)?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    connection.set("key", "value").await?;
    assert_eq!(connection.get("key").await?.as_deref(), Some("value"));
    Ok(())
}

#[fixture(super::server)]
#[tokio::test]
async fn deadpool_redis(redis_url: &str) -> Result {
    use deadpool_redis::{Config, Runtime, redis::AsyncCommands};

    let pool = Config::from_url(redis_url).create_pool(Some(Runtime::Tokio1))?;
    () = pool.get().await?.set("key", "value").await?;
    let read: String = pool.get().await?.get("key").await?;
    assert_eq!(read, "value");
    Ok(())
}

#[fixture(super::server)]
#[tokio::test]
async fn bb8_redis(redis_url: &str) -> Result {
    use bb8_redis::{RedisConnectionManager, bb8::Pool, redis::AsyncCommands};

    let manager = RedisConnectionManager::new(redis_url)?;
    let pool = Pool::builder().build(manager).await?;
    () = pool.get().await?.set("key", "value").await?;
    let read: String = pool.get().await?.get("key").await?;
    assert_eq!(read, "value");
    Ok(())
}

#[fixture(super::server)]
#[tokio::test]
async fn fred(redis_url: &str) -> Result {
    use fred::prelude::{Builder, ClientLike, Config, KeysInterface};

    let client = Builder::from_config(Config::from_url(redis_url)?).build()?;
    client.init().await?;
    () = client.set("key", "value", None, None, false).await?;
    assert_eq!(client.get::<String, _>("key").await?, "value");
    Ok(client.quit().await?)
}

#[fixture(super::server)]
#[tokio::test]
async fn rustis(redis_url: &str) -> Result {
    use rustis::commands::StringCommands;

    let client = rustis::client::Client::connect(redis_url).await?;
    client.set("key", "value").await?;
    let read: String = client.get("key").await?;
    assert_eq!(read, "value");
    Ok(())
}
