//! Consul.

use fixtured::daemons::Consul;
use fixtured::{Instance, fixture};

use super::Result;

#[fixture(consul)]
#[tokio::test]
async fn rs_consul(consul: &Instance<Consul>) -> Result {
    use rs_consul::types::{CreateOrUpdateKeyRequest, ReadKeyRequest};

    let config = rs_consul::Config {
        address: consul.http_url().into(),
        ..Default::default()
    };
    let client = rs_consul::Consul::new(config);
    let key = format!("{}key", consul.prefix());
    let write = CreateOrUpdateKeyRequest {
        key: &key,
        ..Default::default()
    };
    assert!(client.create_or_update_key(write, b"value".into()).await?.0);
    let read = ReadKeyRequest {
        key: &key,
        ..Default::default()
    };
    let found = client.read_key(read).await?;
    assert_eq!(found.response[0].value.as_deref(), Some("value"));
    Ok(())
}

#[fixture(consul)]
fn ureq(http_url: &str, prefix: &str) -> Result {
    let key = format!("{http_url}/v1/kv/{prefix}key");
    ureq::put(&key).send("value")?;
    let read = ureq::get(format!("{key}?raw")).call()?;
    assert_eq!(read.into_body().read_to_string()?, "value");
    Ok(())
}
