//! NATS.

use fixtured::fixture;
use futures_util::StreamExt;

use super::Result;

#[fixture(nats)]
#[tokio::test]
async fn async_nats(url: &str) -> Result {
    let client = async_nats::connect(url).await?;
    let mut inbox = client.subscribe("orders.*").await?;
    client.publish("orders.new", "one".into()).await?;
    let message = inbox.next().await.ok_or("no message")?;
    assert_eq!(message.payload, "one");
    Ok(())
}

#[fixture(nats, username = "ada", password = "s3cret")]
#[tokio::test]
async fn async_nats_password(url: &str, username: String, password: String) -> Result {
    let login = async_nats::ConnectOptions::with_user_and_password(username, password);
    let client = login.connect(url).await?;
    let mut inbox = client.subscribe("orders.*").await?;
    client.publish("orders.new", "one".into()).await?;
    let message = inbox.next().await.ok_or("no message")?;
    assert_eq!(message.payload, "one");
    Ok(())
}

#[fixture(nats, jetstream = true)]
#[tokio::test]
async fn async_nats_jetstream(url: &str) -> Result {
    use async_nats::jetstream::{self, stream};

    let context = jetstream::new(async_nats::connect(url).await?);
    let config = stream::Config {
        name: "orders".into(),
        subjects: vec!["orders.*".into()],
        ..Default::default()
    };
    let stream = context.create_stream(config).await?;
    let stored = context.publish("orders.new", "one".into()).await?.await?;
    let message = stream.get_raw_message(stored.sequence).await?;
    assert_eq!(message.payload, "one");
    Ok(())
}
