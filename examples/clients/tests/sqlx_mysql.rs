//! The `sqlx` client of MySQL and MariaDB.

use fixtured::fixture;
use sqlx::MySqlPool;

#[fixture(mysql, init = "schema/")]
#[tokio::test]
async fn mysql_stores_users(url: &str) -> sqlx::Result<()> {
    users_are_stored(url).await
}

#[fixture(mariadb, init = "schema/")]
#[tokio::test]
async fn mariadb_stores_users(url: &str) -> sqlx::Result<()> {
    users_are_stored(url).await
}

async fn users_are_stored(url: &str) -> sqlx::Result<()> {
    let pool = MySqlPool::connect(url).await?;
    let insert = sqlx::query("INSERT INTO users (name) VALUES (?), (?)");
    insert.bind("ada").bind("grace").execute(&pool).await?;
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM users ORDER BY id")
        .fetch_all(&pool)
        .await?;
    assert_eq!(names, ["root", "ada", "grace"]);
    Ok(())
}
