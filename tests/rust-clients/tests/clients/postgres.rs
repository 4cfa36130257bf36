//! PostgreSQL.

use fixtured::fixture;

use super::Result;

const WRITE: &str = "CREATE TABLE t (n int); INSERT INTO t VALUES (42)";
const READ: &str = "SELECT n FROM t";

#[fixture(postgres)]
fn postgres(url: &str) -> Result {
    let mut client = postgres::Client::connect(url, postgres::NoTls)?;
    client.batch_execute(WRITE)?;
    assert_eq!(client.query_one(READ, &[])?.get::<_, i32>(0), 42);
    Ok(())
}

#[fixture(postgres)]
fn r2d2_postgres(url: &str) -> Result {
    use r2d2_postgres::{PostgresConnectionManager, postgres::NoTls, r2d2::Pool};

    let manager = PostgresConnectionManager::new(url.parse()?, NoTls);
    let pool = Pool::new(manager)?;
    pool.get()?.batch_execute(WRITE)?;
    assert_eq!(pool.get()?.query_one(READ, &[])?.get::<_, i32>(0), 42);
    Ok(())
}

#[fixture(postgres)]
fn diesel(url: &str) -> Result {
    use diesel::connection::{Connection, SimpleConnection};
    use diesel::{PgConnection, RunQueryDsl, dsl::sql, sql_types::Integer};

    let mut connection = PgConnection::establish(url)?;
    connection.batch_execute(WRITE)?;
    let read: i32 = sql::<Integer>(READ).get_result(&mut connection)?;
    assert_eq!(read, 42);
    Ok(())
}

#[fixture(postgres)]
#[tokio::test]
async fn diesel_async(url: &str) -> Result {
    use diesel::{dsl::sql, sql_types::Integer};
    use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

    let mut connection = AsyncPgConnection::establish(url).await?;
    connection.batch_execute(WRITE).await?;
    let read: i32 = sql::<Integer>(READ).get_result(&mut connection).await?;
    assert_eq!(read, 42);
    Ok(())
}

#[fixture(postgres)]
#[tokio::test]
async fn tokio_postgres(url: &str) -> Result {
    let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await?;
    let connection = tokio::spawn(connection);
    client.batch_execute(WRITE).await?;
    let row = client.query_one(READ, &[]).await?;
    assert_eq!(row.get::<_, i32>(0), 42);
    drop(client);
    Ok(connection.await??)
}

#[fixture(postgres)]
#[tokio::test]
async fn deadpool_postgres(url: &str) -> Result {
    use deadpool_postgres::{Config, Runtime};

    let mut config = Config::new();
    config.url = Some(url.into());
    let pool = config.create_pool(Some(Runtime::Tokio1), tokio_postgres::NoTls)?;
    pool.get().await?.batch_execute(WRITE).await?;
    let row = pool.get().await?.query_one(READ, &[]).await?;
    assert_eq!(row.get::<_, i32>(0), 42);
    Ok(())
}

#[fixture(postgres)]
#[tokio::test]
async fn bb8_postgres(url: &str) -> Result {
    use bb8_postgres::{PostgresConnectionManager, bb8::Pool, tokio_postgres::NoTls};

    let manager = PostgresConnectionManager::new_from_stringlike(url, NoTls)?;
    let pool = Pool::builder().build(manager).await?;
    pool.get().await?.batch_execute(WRITE).await?;
    let row = pool.get().await?.query_one(READ, &[]).await?;
    assert_eq!(row.get::<_, i32>(0), 42);
    Ok(())
}

#[fixture(postgres)]
#[tokio::test]
async fn sqlx(url: &str) -> Result {
    let pool = sqlx::PgPool::connect(url).await?;
    sqlx::raw_sql(WRITE).execute(&pool).await?;
    let read: i32 = sqlx::query_scalar(READ).fetch_one(&pool).await?;
    assert_eq!(read, 42);
    Ok(())
}

#[fixture(postgres)]
#[tokio::test]
async fn sea_orm(url: &str) -> Result {
    use sea_orm::{ConnectionTrait, Database, Statement};

    let database = Database::connect(url).await?;
    database.execute_unprepared(WRITE).await?;
    let read = Statement::from_string(database.get_database_backend(), READ);
    let row = database.query_one(read).await?.ok_or("no row")?;
    assert_eq!(row.try_get::<i32>("", "n")?, 42);
    Ok(())
}
