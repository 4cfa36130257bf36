//! ZooKeeper.

use fixtured::fixture;

use super::Result;

#[fixture(zookeeper)]
#[tokio::test]
async fn zookeeper_client(connect_string: &str) -> Result {
    use zookeeper_client::{Acls, Client, CreateMode};

    let client = Client::connect(connect_string).await?;
    let options = CreateMode::Persistent.with_acls(Acls::anyone_all());
    client.create("/key", b"value", &options).await?;
    assert_eq!(client.get_data("/key").await?.0, b"value");
    Ok(())
}

#[fixture(zookeeper)]
#[tokio::test]
async fn zookeeper_async(connect_string: &str) -> Result {
    use std::time::Duration;
    use zookeeper_async::{Acl, CreateMode, WatchedEvent, ZooKeeper};

    let (patience, ignore) = (Duration::from_secs(30), |_: WatchedEvent| {});
    let client = ZooKeeper::connect(connect_string, patience, ignore).await?;
    let (acl, mode) = (Acl::open_unsafe().clone(), CreateMode::Persistent);
    client.create("/key", b"value".into(), acl, mode).await?;
    assert_eq!(client.get_data("/key", false).await?.0, b"value");
    Ok(client.close().await?)
}
