//! dbmate finds what it would have made.

use std::process::Command;

use fixtured_migrators::{Migrations, MysqlPair, PostgresPair, migrations, node_module};
use fixtured_tests::mysql::printed;

const COMPARED: &str = "SELECT version FROM schema_migrations ORDER BY version";

fn run(migrations: &Migrations, url: &str) -> String {
    let mut dbmate = Command::new(node_module(".bin/dbmate"));
    dbmate.args(["--no-dump-schema", "--migrations-dir"]);
    dbmate.arg(&**migrations).args(["--url", url, "migrate"]);
    printed(dbmate.output().unwrap())
}

#[test]
fn in_postgres() {
    let migrations = migrations(&[
        (
            "20240101000000_notes.sql",
            "-- migrate:up\nCREATE TABLE notes (id serial PRIMARY KEY, text text);\n\n-- migrate:down\nDROP TABLE notes;\n",
        ),
        (
            "20240102000000_index.sql",
            "-- Slow.\n-- migrate:up transaction:false\nCREATE INDEX CONCURRENTLY by_text ON notes (text);\n-- migrate:down\n",
        ),
    ]);
    let pair = PostgresPair::new(&migrations);
    let run = |url: &str| run(&migrations, &format!("{url}?sslmode=disable"));
    assert!(run(pair.theirs.url()).contains("Applied: 20240102000000_index.sql"));
    pair.compare(COMPARED);
    assert_eq!(pair.run_again("schema_migrations", run), "");
}

#[test]
fn in_mysql() {
    let migrations = migrations(&[
        (
            "1_notes.sql",
            "-- migrate:up\nCREATE TABLE notes (text varchar(50));\n-- migrate:down\nDROP TABLE notes;\n",
        ),
        (
            "02-rows.sql",
            "-- migrate:up\nCREATE TABLE first (a int); INSERT INTO first VALUES (1);\n-- migrate:down\nDROP TABLE first;\n",
        ),
    ]);
    let run = |url: &str| run(&migrations, url);
    for pair in MysqlPair::each(&migrations) {
        assert!(run(&pair.theirs.url).contains("Applied: 1_notes.sql"));
        pair.compare(COMPARED);
        assert_eq!(pair.run_again("schema_migrations", run), "");
    }
}
