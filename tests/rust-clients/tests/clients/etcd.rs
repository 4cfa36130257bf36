//! etcd.

use fixtured::fixture;

use super::Result;

#[fixture(etcd)]
#[tokio::test]
async fn etcd_client(http_url: &str, prefix: &str) -> Result {
    let key = format!("{prefix}key");
    let mut client = etcd_client::Client::connect([http_url], None).await?;
    client.put(&*key, "value", None).await?;
    let found = client.get(&*key, None).await?;
    assert_eq!(found.kvs()[0].value_str()?, "value");
    Ok(())
}

#[fixture(etcd, cluster = true)]
#[tokio::test]
async fn etcd_client_cluster(endpoints: &str) -> Result {
    let endpoints: Vec<_> = endpoints.split(',').collect();
    let mut client = etcd_client::Client::connect(endpoints, None).await?;
    client.put("key", "value", None).await?;
    let found = client.get("key", None).await?;
    assert_eq!(found.kvs()[0].value_str()?, "value");
    assert_eq!(client.member_list().await?.members().len(), 3);
    Ok(())
}
