//! The clients of MySQL and MariaDB.

use fixtured::fixture;

use crate::Result;

const WRITE: [&str; 2] = ["CREATE TABLE t (n int)", "INSERT INTO t VALUES (42)"];
const READ: &str = "SELECT n FROM t";

#[fixture(super::server)]
fn mysql(url: &str) -> Result {
    use mysql::prelude::Queryable;

    let pool = mysql::Pool::new(url)?;
    for statement in WRITE {
        pool.get_conn()?.query_drop(statement)?;
    }
    assert_eq!(pool.get_conn()?.query_first(READ)?, Some(42));
    Ok(())
}

#[fixture(super::server)]
#[tokio::test]
async fn mysql_async(url: &str) -> Result {
    use mysql_async::prelude::Queryable;

    let pool = mysql_async::Pool::new(url);
    for statement in WRITE {
        pool.get_conn().await?.query_drop(statement).await?;
    }
    assert_eq!(pool.get_conn().await?.query_first(READ).await?, Some(42));
    Ok(pool.disconnect().await?)
}

#[fixture(super::server)]
#[tokio::test]
async fn sqlx(url: &str) -> Result {
    let pool = sqlx::MySqlPool::connect(url).await?;
    for statement in WRITE {
        sqlx::query(statement).execute(&pool).await?;
    }
    let read: i32 = sqlx::query_scalar(READ).fetch_one(&pool).await?;
    assert_eq!(read, 42);
    Ok(())
}

#[fixture(super::server)]
#[tokio::test]
async fn sea_orm(url: &str) -> Result {
    use sea_orm::{ConnectionTrait, Database, Statement};

    let database = Database::connect(url).await?;
    for statement in WRITE {
        database.execute_unprepared(statement).await?;
    }
    let read = Statement::from_string(database.get_database_backend(), READ);
    let row = database.query_one(read).await?.ok_or("no row")?;
    assert_eq!(row.try_get::<i32>("", "n")?, 42);
    Ok(())
}
