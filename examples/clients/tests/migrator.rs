//! Migrations that were applied from their directory, or by the tool itself in a function: sqlx takes the one for the other.

use std::error::Error;
use std::path::Path;

use fixtured::fixture;
use sqlx::migrate::Migrator;
use sqlx::{Connection, PgConnection};
use tokio::runtime::Runtime;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Runs once for all tests of this file, in the template that their databases are cloned from.
fn migrate(url: &str) -> Result<()> {
    Runtime::new()?.block_on(run(url))
}

async fn run(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    migrator().await?.run(&mut connection).await?;
    Ok(())
}

/// With sqlx's macros, use `sqlx::migrate!()`, which embeds the files.
async fn migrator() -> Result<Migrator> {
    Ok(Migrator::new(Path::new("migrations")).await?)
}

async fn applied(connection: &mut PgConnection) -> sqlx::Result<Vec<i64>> {
    sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
        .fetch_all(connection)
        .await
}

const ALL: [i64; 3] = [20240101090000, 20240102090000, 20240103090000];

#[fixture(postgres, init = "migrations/")]
#[tokio::test]
async fn the_tool_finds_nothing_left_to_do(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    assert_eq!(applied(&mut connection).await?, ALL);
    let when = "SELECT xmin::text FROM _sqlx_migrations ORDER BY version";
    let before: Vec<String> = sqlx::query_scalar(when).fetch_all(&mut connection).await?;
    run(url).await?;
    let after: Vec<String> = sqlx::query_scalar(when).fetch_all(&mut connection).await?;
    assert_eq!(before, after);
    Ok(())
}

#[fixture(postgres, init = migrate)]
#[tokio::test]
async fn what_the_tool_has_done_can_be_undone(url: &str) -> Result<()> {
    undo_the_last(url).await
}

#[fixture(postgres, init = "migrations/")]
#[tokio::test]
async fn what_fixtured_has_done_can_be_undone(url: &str) -> Result<()> {
    undo_the_last(url).await
}

async fn undo_the_last(url: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    migrator().await?.undo(&mut connection, ALL[1]).await?;
    assert_eq!(applied(&mut connection).await?, ALL[..2]);
    Ok(())
}
