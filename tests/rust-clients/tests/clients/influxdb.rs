//! InfluxDB.

use fixtured::fixture;

use super::Result;

#[fixture(influxdb)]
#[tokio::test]
async fn influxdb(http_url: &str, database: &str) -> Result {
    use influxdb::{ReadQuery, Timestamp, WriteQuery};

    let client = influxdb::Client::new(http_url, database);
    let write = WriteQuery::new(Timestamp::Hours(1), "weather").add_field("value", 21.5);
    client.query(write).await?;
    let read = client
        .query(ReadQuery::new("SELECT value FROM weather"))
        .await?;
    assert!(read.contains("21.5"), "{read}");
    Ok(())
}
