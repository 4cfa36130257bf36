//! An async test with the attribute of its runtime.

use fixtured::fixture;
use tokio_postgres::{Error, NoTls};

#[fixture(postgres)]
#[tokio::test]
async fn a_query_is_answered(url: &str) -> Result<(), Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    tokio::spawn(connection);

    let row = client.query_one("SELECT 'buy milk'", &[]).await?;
    assert_eq!(row.try_get::<_, &str>(0)?, "buy milk");
    Ok(())
}
