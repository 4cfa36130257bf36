//! Drizzle finds what it would have made.

use std::process::Command;

use fixtured_migrators::{Migrations, MysqlPair, PostgresPair, migrations, node_module};
use fixtured_tests::mysql::printed;

fn made(second: &str) -> Migrations {
    let journal = r#"{
        "version": "7", "dialect": "postgresql",
        "entries": [
            {"idx": 0, "version": "7", "when": 1700000000000, "tag": "0000_users", "breakpoints": true},
            {"idx": 1, "version": "7", "when": 1700000000001, "tag": "0001_a_note", "breakpoints": true}
        ]
    }"#;
    let first = "CREATE TABLE users (id integer PRIMARY KEY);--> statement-breakpoint\nCREATE TABLE notes (id integer, author integer)\n\
                 --> statement-breakpoint\nINSERT INTO users VALUES (1);";
    migrations(&[
        ("meta/_journal.json", journal),
        ("meta/0000_snapshot.json", "{}"),
        ("0000_users.sql", first),
        ("0001_a_note.sql", second),
    ])
}

/// Runs its migrator on a client of this kind of database.
fn run(migrations: &Migrations, kind: &str, connect: &str, url: &str) {
    let code = format!(
        "import {{ drizzle }} from 'drizzle-orm/{kind}';
         import {{ migrate }} from 'drizzle-orm/{kind}/migrator';
         {connect}
         await migrate(drizzle(client), {{ migrationsFolder: process.argv[2] }});
         await client.end();"
    );
    let mut node = Command::new("node");
    node.args(["--input-type=module", "-e", &code, url]);
    node.arg(&**migrations).current_dir(node_module(".."));
    printed(node.output().unwrap());
}

#[test]
fn in_postgres() {
    let migrations = made("ALTER TABLE notes ADD FOREIGN KEY (author) REFERENCES users (id);");
    let pair = PostgresPair::new(&migrations);
    let connect = "import pg from 'pg'; const client = new pg.Client(process.argv[1]); await client.connect();";
    let run = |url: &str| run(&migrations, "node-postgres", connect, url);
    run(pair.theirs.url());
    pair.compare("SELECT * FROM drizzle.__drizzle_migrations ORDER BY id");
    pair.run_again("drizzle.__drizzle_migrations", run);
}

#[test]
fn in_mysql() {
    let migrations = made("ALTER TABLE notes ADD FOREIGN KEY (author) REFERENCES users (id);");
    let connect = "import mysql from 'mysql2/promise'; const client = await mysql.createConnection(process.argv[1]);";
    let run = |url: &str| run(&migrations, "mysql2", connect, url);
    for pair in MysqlPair::each(&migrations) {
        run(&pair.theirs.url);
        pair.compare("SELECT * FROM __drizzle_migrations ORDER BY id");
        pair.run_again("__drizzle_migrations", run);
    }
}
