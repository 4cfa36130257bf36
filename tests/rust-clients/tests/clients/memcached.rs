//! Memcached.

use fixtured::fixture;

use super::Result;

#[fixture(memcached)]
fn memcache(memcache_url: &str) -> Result {
    let client = memcache::connect(memcache_url)?;
    client.set("key", "value", 0)?;
    assert_eq!(client.get::<String>("key")?.as_deref(), Some("value"));
    Ok(())
}

#[fixture(memcached)]
#[tokio::test]
async fn async_memcached(address: &str) -> Result {
    use async_memcached::AsciiProtocol;

    let mut client = async_memcached::Client::new(format!("tcp://{address}")).await?;
    client.set("key", "value", None, None).await?;
    let read = client.get("key").await?.and_then(|value| value.data);
    assert_eq!(read.as_deref(), Some(&b"value"[..]));
    Ok(())
}
