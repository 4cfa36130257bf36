//! A pool of connections that must recover from an outage, with a wire that the test cuts. Others that use the same server do not notice.

use std::time::Duration;

use fixtured::daemons::Postgres;
use fixtured::{Instance, fixture};
use sqlx::postgres::PgPoolOptions;
use sqlx::{Error, PgPool, Result};

/// A pool that gives up when it has no connection for this long, rather than hanging with the network.
async fn connect(url: &str) -> Result<PgPool> {
    let options = PgPoolOptions::new().acquire_timeout(Duration::from_secs(3));
    options.connect(url).await
}

async fn add(pool: &PgPool, name: &str) -> Result<i64> {
    sqlx::query_scalar("INSERT INTO users (name) VALUES ($1) RETURNING id")
        .bind(name)
        .fetch_one(pool)
        .await
}

/// Tries until the pool has recovered, or has had a minute to do so.
async fn add_in_time(pool: &PgPool, name: &str) -> Result<i64> {
    let mut added = add(pool, name).await;
    for _ in 0..20 {
        if added.is_err() {
            added = add(pool, name).await;
        }
    }
    added
}

#[fixture(postgres, init = "migrations/", wire = true)]
#[tokio::test]
async fn a_pool_recovers_when_the_network_is_back(postgres: &Instance<Postgres>) -> Result<()> {
    let pool = connect(postgres.url()).await?;
    assert_eq!(add(&pool, "ada").await?, 1);
    postgres.wire().cut().unwrap();
    let error = add(&pool, "grace").await.unwrap_err();
    assert!(matches!(error, Error::PoolTimedOut), "{error}");
    postgres.wire().restore().unwrap();
    add_in_time(&pool, "grace").await?;
    Ok(())
}

#[fixture(postgres, init = "migrations/", wire = true)]
#[tokio::test]
async fn a_pool_replaces_connections_that_were_reset(postgres: &Instance<Postgres>) -> Result<()> {
    let pool = connect(postgres.url()).await?;
    assert_eq!(add(&pool, "ada").await?, 1);
    postgres.wire().reset().unwrap();
    // It looks at each connection before it lends it, so nobody notices.
    assert_eq!(add(&pool, "grace").await?, 2);
    Ok(())
}

#[fixture(postgres, init = "migrations/", wire = true)]
#[tokio::test]
async fn a_pool_recovers_when_the_server_is_back(postgres: &Instance<Postgres>) -> Result<()> {
    let pool = connect(postgres.url()).await?;
    assert_eq!(add(&pool, "ada").await?, 1);
    let wire = postgres.wire();
    wire.refuse().unwrap();
    wire.reset().unwrap();
    let error = add(&pool, "grace").await.unwrap_err();
    assert!(matches!(error, Error::PoolTimedOut), "{error}");
    wire.restore().unwrap();
    add_in_time(&pool, "grace").await?;
    Ok(())
}
