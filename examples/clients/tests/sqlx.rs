//! sqlx with a pool, in async tests. Each test gets a migrated database, so both may insert the same user.

use fixtured::daemons::Postgres;
use fixtured::{Instance, fixture};
use sqlx::{PgPool, Result};

async fn add(pool: &PgPool, name: &str) -> Result<i64> {
    sqlx::query_scalar("INSERT INTO users (name) VALUES ($1) RETURNING id")
        .bind(name)
        .fetch_one(pool)
        .await
}

async fn names(pool: &PgPool) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT name FROM users ORDER BY name")
        .fetch_all(pool)
        .await
}

#[fixture(postgres, init = "migrations/")]
#[tokio::test]
async fn users_are_stored_by_several_connections(url: &str) -> Result<()> {
    let pool = PgPool::connect(url).await?;
    let (ada, grace) = tokio::try_join!(add(&pool, "ada"), add(&pool, "grace"))?;
    assert_ne!(ada, grace);
    assert_eq!(names(&pool).await?, ["ada", "grace"]);
    Ok(())
}

#[fixture(postgres, init = "migrations/")]
#[tokio::test]
async fn a_name_is_taken_once(url: &str) -> Result<()> {
    let pool = PgPool::connect(url).await?;
    assert_eq!(add(&pool, "ada").await?, 1);
    let error = add(&pool, "ada").await.unwrap_err();
    let error = error.as_database_error().unwrap();
    assert!(error.is_unique_violation(), "{error}");
    assert_eq!(names(&pool).await?, ["ada"]);
    Ok(())
}

#[fixture(postgres, init = "migrations/")]
#[tokio::test]
async fn a_pool_connects_again_after_a_reset(postgres: &Instance<Postgres>) -> Result<()> {
    let pool = PgPool::connect(postgres.url()).await?;
    for _ in 0..10 {
        assert_eq!(add(&pool, "ada").await?, 1);
        postgres.reset_async().await.unwrap();
        assert_eq!(names(&pool).await?, [""; 0]);
    }
    Ok(())
}
