//! tokio-postgres, in async tests. Each test gets a migrated database, so both may insert the same user.

use fixtured::fixture;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error, NoTls};

async fn connect(url: &str) -> Result<Client, Error> {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
    // This task ends when the client is dropped, or with the test's runtime.
    tokio::spawn(connection);
    Ok(client)
}

const ADD: &str = "INSERT INTO users (name) VALUES ($1) RETURNING id";

#[fixture(postgres, init = "migrations/")]
#[tokio::test]
async fn what_is_rolled_back_was_never_there(url: &str) -> Result<(), Error> {
    let mut client = connect(url).await?;
    let transaction = client.transaction().await?;
    transaction.execute(ADD, &[&"ada"]).await?;
    transaction.rollback().await?;

    assert!(client.query("SELECT FROM users", &[]).await?.is_empty());
    Ok(())
}

#[fixture(postgres, init = "migrations/")]
#[tokio::test]
async fn another_connection_sees_what_was_stored(url: &str) -> Result<(), Error> {
    let (writer, reader) = tokio::try_join!(connect(url), connect(url))?;
    let add = writer.prepare(ADD).await?;
    let id: i64 = writer.query_one(&add, &[&"ada"]).await?.try_get(0)?;

    let find = "SELECT name FROM users WHERE id = $1";
    let row = reader.query_one(find, &[&id]).await?;
    assert_eq!(row.try_get::<_, &str>(0)?, "ada");

    let error = reader.query_one(ADD, &[&"ada"]).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::UNIQUE_VIOLATION));
    Ok(())
}
