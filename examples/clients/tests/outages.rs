//! Outages that clients and pools must survive: a server that does not answer, one that restarts, and one that is killed.

use std::time::Duration;

use fixtured::daemons::{Postgres, Redis};
use fixtured::{Instance, fixture};
use redis::{Client, RedisResult, TypedCommands};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Error, PgPool};

async fn add(pool: &PgPool, name: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar("INSERT INTO users (name) VALUES ($1) RETURNING id")
        .bind(name)
        .fetch_one(pool)
        .await
}

async fn names(pool: &PgPool) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar("SELECT name FROM users ORDER BY id")
        .fetch_all(pool)
        .await
}

#[fixture(postgres, init = "migrations/", scope = "test")]
#[tokio::test]
async fn a_pool_survives_a_restart(postgres: &Instance<Postgres>) -> sqlx::Result<()> {
    let options = PgPoolOptions::new().min_connections(4);
    let pool = options.connect(postgres.url()).await?;
    add(&pool, "ada").await?;
    postgres.restart_async().await.unwrap();
    // The pool finds that its idle connections are closed, and opens others.
    add(&pool, "grace").await?;
    assert_eq!(names(&pool).await?, ["ada", "grace"]);
    Ok(())
}

#[fixture(postgres, init = "migrations/", scope = "test")]
#[tokio::test]
async fn a_pool_gives_up_on_a_server_that_does_not_answer_and_recovers(
    postgres: &Instance<Postgres>,
) -> sqlx::Result<()> {
    let options = PgPoolOptions::new().acquire_timeout(Duration::from_millis(300));
    let pool = options.connect(postgres.url()).await?;
    add(&pool, "ada").await?;
    postgres.pause_async().await.unwrap();
    let error = names(&pool).await.unwrap_err();
    assert!(matches!(error, Error::PoolTimedOut), "{error}");
    postgres.resume_async().await.unwrap();
    assert_eq!(names(&pool).await?, ["ada"]);
    Ok(())
}

#[fixture(redis)]
#[test]
fn a_client_of_redis_times_out_and_connects_again(redis: &Instance<Redis>) -> RedisResult<()> {
    let client = Client::open(redis.url())?;
    let mut connection = client.get_connection()?;
    connection.set("key", "value")?;
    connection.set_read_timeout(Some(Duration::from_millis(100)))?;
    let error = redis.paused(|| connection.get("key")).unwrap().unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!(
        client.get_connection()?.get("key")?.as_deref(),
        Some("value")
    );
    Ok(())
}
