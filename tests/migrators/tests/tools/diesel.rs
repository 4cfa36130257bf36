//! diesel finds what it would have made.

use diesel::{Connection, PgConnection};
use diesel_migrations::{FileBasedMigrations, MigrationHarness};
use fixtured_migrators::{PostgresPair, migrations};

#[test]
fn in_postgres() {
    let migrations = migrations(&[
        (
            "00000000000000_diesel_initial_setup/up.sql",
            "CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';",
        ),
        (
            "00000000000000_diesel_initial_setup/down.sql",
            "DROP FUNCTION one;",
        ),
        (
            "2024-01-02-000000_notes/up.sql",
            "CREATE TABLE notes (id serial PRIMARY KEY, text text);",
        ),
        ("2024-01-02-000000_notes/down.sql", "DROP TABLE notes;"),
        (
            "2024-01-10-000000_index/up.sql",
            "CREATE INDEX CONCURRENTLY by_text ON notes (text);",
        ),
        (
            "2024-01-10-000000_index/metadata.toml",
            "run_in_transaction = false\n",
        ),
        (".diesel_lock", ""),
    ]);
    let pair = PostgresPair::new(&migrations);
    let run = |url: &str| {
        let mut connection = PgConnection::establish(url).unwrap();
        let found = FileBasedMigrations::from_path(&*migrations).unwrap();
        connection.run_pending_migrations(found).unwrap().len()
    };
    assert_eq!(run(pair.theirs.url()), 3);
    pair.compare("SELECT version FROM __diesel_schema_migrations ORDER BY version");
    assert_eq!(pair.run_again("__diesel_schema_migrations", run), 0);
    let mut connection = PgConnection::establish(pair.ours.url()).unwrap();
    let found = FileBasedMigrations::from_path(&*migrations).unwrap();
    let undone = connection.revert_all_migrations(found);
    // The last one cannot be undone, since it has no `down.sql`.
    assert!(undone.is_err());
}
