//! ClickHouse.

use fixtured::fixture;

use super::Result;

#[fixture(clickhouse)]
#[tokio::test]
async fn clickhouse(http_url: &str, username: &str, database: &str) -> Result {
    let client = clickhouse::Client::default().with_url(http_url);
    let client = client.with_user(username).with_database(database);
    for statement in [
        "CREATE TABLE t (n Int32) ENGINE = Memory",
        "INSERT INTO t VALUES (42)",
    ] {
        client.query(statement).execute().await?;
    }
    let read: i32 = client.query("SELECT n FROM t").fetch_one().await?;
    assert_eq!(read, 42);
    Ok(())
}
