//! RabbitMQ.

use fixtured::fixture;
use lapin::options::{BasicGetOptions, BasicPublishOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};

use super::Result;

/// The first message of a queue, which the client has sent itself.
async fn echoed(channel: Channel) -> Result<Vec<u8>> {
    let (durable, table) = (QueueDeclareOptions::durable(), FieldTable::default());
    channel.queue_declare("q".into(), durable, table).await?;
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default());
    let sent = channel.basic_publish("".into(), "q".into(), options, b"hello", properties);
    sent.await?.await?;
    let message = channel.basic_get("q".into(), BasicGetOptions::default());
    Ok(message.await?.ok_or("no message")?.delivery.data)
}

#[fixture(rabbitmq)]
#[tokio::test]
async fn lapin(amqp_url: &str) -> Result {
    let properties = ConnectionProperties::default();
    let connection = Connection::connect(amqp_url, properties).await?;
    assert_eq!(echoed(connection.create_channel().await?).await?, b"hello");
    Ok(())
}

#[fixture(rabbitmq)]
#[tokio::test]
async fn deadpool_lapin(amqp_url: &str) -> Result {
    use deadpool_lapin::{Config, Runtime};

    let config = Config {
        url: Some(amqp_url.into()),
        ..Default::default()
    };
    let pool = config.create_pool(ConnectionProperties::default, Runtime::Tokio1)?;
    let connection = pool.get().await?;
    assert_eq!(echoed(connection.create_channel().await?).await?, b"hello");
    Ok(())
}

#[fixture(rabbitmq)]
#[tokio::test]
async fn amqprs(amqp_url: &str) -> Result {
    use amqprs::BasicProperties;
    use amqprs::channel::{BasicGetArguments, BasicPublishArguments, QueueDeclareArguments};
    use amqprs::connection::{Connection, OpenConnectionArguments};

    let arguments = OpenConnectionArguments::try_from(amqp_url)?;
    let connection = Connection::open(&arguments).await?;
    let channel = connection.open_channel(None).await?;
    let queue = QueueDeclareArguments::durable_client_named("q");
    channel.queue_declare(queue).await?;
    let (to, properties) = (
        BasicPublishArguments::new("", "q"),
        BasicProperties::default(),
    );
    channel
        .basic_publish(properties, b"hello".into(), to)
        .await?;
    let get = BasicGetArguments::new("q").no_ack(true).finish();
    let (_, _, body) = channel.basic_get(get).await?.ok_or("no message")?;
    assert_eq!(body, b"hello");
    Ok(connection.close().await?)
}
