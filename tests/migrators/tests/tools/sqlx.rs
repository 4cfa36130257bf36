//! sqlx finds what it would have made.

use std::path::Path;

use fixtured_migrators::{MysqlPair, PostgresPair, migrations};
use sqlx::migrate::Migrator;
use sqlx::{Connection, MySqlConnection, PgConnection};
use tokio::runtime::Builder;

const COMPARED: &str =
    "SELECT version, description, success, checksum FROM _sqlx_migrations ORDER BY version";

fn in_tokio<T>(work: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(work)
}

fn postgres(migrations: &Path, url: &str) {
    let run = async {
        let mut connection = PgConnection::connect(url).await?;
        Migrator::new(migrations).await?.run(&mut connection).await
    };
    in_tokio(run).unwrap();
}

fn mysql(migrations: &Path, url: &str) {
    let run = async {
        let mut connection = MySqlConnection::connect(url).await?;
        Migrator::new(migrations).await?.run(&mut connection).await
    };
    in_tokio(run).unwrap();
}

/// Undoes the last migration.
fn undo(migrations: &Path, url: &str, down_to: i64) {
    let undo = async {
        let mut connection = PgConnection::connect(url).await?;
        let migrator = Migrator::new(migrations).await?;
        migrator.undo(&mut connection, down_to).await
    };
    in_tokio(undo).unwrap();
}

#[test]
fn in_postgres() {
    let migrations = migrations(&[
        (
            "9_users.sql",
            "CREATE TABLE users (id bigserial PRIMARY KEY, name text NOT NULL);\r\n",
        ),
        (
            "11_it's_an_index.sql",
            "-- no-transaction\nCREATE INDEX CONCURRENTLY by_name ON users (name);",
        ),
        (
            "0012_all_notes.up.sql",
            "CREATE TABLE notes (author bigint REFERENCES users (id), text text);",
        ),
        ("0012_all_notes.down.sql", "DROP TABLE notes;"),
        ("README.md", "Not a script."),
    ]);
    let pair = PostgresPair::new(&migrations);
    let run = |url: &str| postgres(&migrations, url);
    run(pair.theirs.url());
    pair.compare(COMPARED);
    pair.run_again("_sqlx_migrations", run);
    // What it believes to have done it can undo.
    for database in [&pair.ours, &pair.theirs] {
        undo(&migrations, database.url(), 11);
    }
    pair.compare(COMPARED);
}

#[test]
fn in_mysql() {
    let migrations = migrations(&[
        (
            "20240101000000_users.sql",
            "CREATE TABLE users (id bigint AUTO_INCREMENT PRIMARY KEY, name varchar(50) NOT NULL);",
        ),
        (
            "20240102000000_back\\slash_it's.sql",
            "CREATE TABLE notes (author bigint REFERENCES users (id)); INSERT INTO users (name) VALUES ('ann');",
        ),
    ]);
    let run = |url: &str| mysql(&migrations, url);
    for pair in MysqlPair::each(&migrations) {
        run(&pair.theirs.url);
        pair.compare("SELECT version, description, success, hex(checksum) FROM _sqlx_migrations ORDER BY version");
        pair.run_again("_sqlx_migrations", run);
    }
}
