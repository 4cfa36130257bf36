//! refinery finds what it would have made.

use fixtured_migrators::{Migrations, MysqlPair, PostgresPair, migrations};
use postgres::{Client, NoTls};
use refinery::{Migration, Runner, load_sql_migrations};

const COMPARED: &str =
    "SELECT version, name, checksum FROM refinery_schema_history ORDER BY version";

fn made() -> Migrations {
    migrations(&[
        (
            "V1__users.sql",
            "CREATE TABLE users (id bigint PRIMARY KEY, name varchar(50));\n",
        ),
        (
            "notes/U2__notes_Ünd_more.sql",
            "CREATE TABLE notes (author bigint, text varchar(50));",
        ),
        (
            "V10__third.sql",
            "ALTER TABLE notes ADD FOREIGN KEY (author) REFERENCES users (id);",
        ),
        ("notes/README.md", "Not a script."),
    ])
}

fn runner(migrations: &Migrations) -> Runner {
    Runner::new(&load_sql_migrations(&**migrations).unwrap())
}

#[test]
fn in_postgres() {
    let migrations = made();
    let pair = PostgresPair::new(&migrations);
    let run = |url: &str| -> Vec<Migration> {
        let mut client = Client::connect(url, NoTls).unwrap();
        let report = runner(&migrations).run(&mut client).unwrap();
        report.applied_migrations().clone()
    };
    assert_eq!(run(pair.theirs.url()).len(), 3);
    pair.compare(COMPARED);
    assert_eq!(pair.run_again("refinery_schema_history", run), []);
}

#[test]
fn in_mysql() {
    let migrations = made();
    let run = |url: &str| -> Vec<Migration> {
        let mut client = mysql::Conn::new(url).unwrap();
        let report = runner(&migrations).run(&mut client).unwrap();
        report.applied_migrations().clone()
    };
    for pair in MysqlPair::each(&migrations) {
        assert_eq!(run(&pair.theirs.url).len(), 3);
        pair.compare(COMPARED);
        assert_eq!(pair.run_again("refinery_schema_history", run), []);
    }
}
