//! What each of the five hundred tests does with its database. `benches/run suite` runs them.

use std::cell::Cell;
use std::fs::File;
use std::io::Write;
use std::time::Instant;

use sqlx::PgPool;

/// The variable that names the file in which the tests note how long their set-up took, in milliseconds.
pub const RECORD: &str = "SUITE_RECORD";

/// What can go wrong in a test.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

thread_local! {
    /// When this thread's test began. The attributes leave no other way from the test into its body.
    static BEGAN: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Says that a test begins on this thread, before anything of its set-up.
pub fn begin() {
    BEGAN.set(Some(Instant::now()));
}

/// Notes how long it took from the beginning until the database answers, and then writes what every other test writes too.
pub async fn work(pool: &PgPool, test: &str) -> Result<()> {
    sqlx::query("SELECT 1").execute(pool).await?;
    if let Some(path) = std::env::var_os(RECORD) {
        let began = BEGAN.get().ok_or("nothing has begun on this thread")?;
        let line = format!("{}\n", began.elapsed().as_secs_f64() * 1000.0);
        // One write of one line: the other tests write to the same file.
        File::options()
            .append(true)
            .create(true)
            .open(path)?
            .write_all(line.as_bytes())?;
    }
    sqlx::query("INSERT INTO accounts (name, details) VALUES ($1, '{}')")
        .bind(test)
        .execute(pool)
        .await?;
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM accounts ORDER BY id")
        .fetch_all(pool)
        .await?;
    assert_eq!(names, ["first", "second", test]);
    Ok(())
}
