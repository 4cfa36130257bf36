//! sql-migrate finds what it would have made.

use std::fs;
use std::process::Command;

use fixtured_migrators::{Migrations, MysqlPair, PostgresPair, migrations};
use fixtured_tests::{mysql::printed, scratch_directory};

const COMPARED: &str = "SELECT id FROM gorp_migrations ORDER BY id";

fn run(migrations: &Migrations, dialect: &str, source: &str) -> String {
    let scratch = scratch_directory("sql-migrate").unwrap();
    let directory = migrations.display();
    let configuration =
        format!("development:\n  dialect: {dialect}\n  datasource: {source}\n  dir: {directory}\n");
    fs::write(scratch.join("dbconfig.yml"), configuration).unwrap();
    let mut tool = Command::new("sql-migrate");
    printed(tool.arg("up").current_dir(&*scratch).output().unwrap())
}

#[test]
fn in_postgres() {
    let function = "-- +migrate Up\n-- +migrate StatementBegin\nCREATE FUNCTION one() RETURNS int AS $$ BEGIN RETURN 1; END $$ LANGUAGE plpgsql\n\
                    -- +migrate StatementEnd\nCREATE TABLE ones (one int DEFAULT one());\n-- +migrate Down\nDROP TABLE ones;\nDROP FUNCTION one;\n";
    let migrations = migrations(&[
        ("2-function.sql", function),
        (
            "10_index.sql",
            "-- +migrate Up notransaction\nCREATE INDEX CONCURRENTLY by_one ON ones (one);\n-- +migrate Down\n",
        ),
    ]);
    let pair = PostgresPair::new(&migrations);
    let run = |url: &str| run(&migrations, "postgres", &format!("{url}?sslmode=disable"));
    assert_eq!(run(pair.theirs.url()), "Applied 2 migrations");
    pair.compare(COMPARED);
    assert_eq!(
        pair.run_again("gorp_migrations", run),
        "Applied 0 migrations"
    );
}

#[test]
fn in_mysql() {
    let migrations = migrations(&[
        (
            "1_notes.sql",
            "-- +migrate Up\nCREATE TABLE notes (text varchar(50));\n-- +migrate Down\nDROP TABLE notes;\n",
        ),
        (
            "2_procedure.sql",
            "-- +migrate Up\n-- +migrate StatementBegin\nCREATE PROCEDURE add_note() BEGIN INSERT INTO notes VALUES ('a'); SELECT 1; END\n\
             -- +migrate StatementEnd\nCALL add_note();\n-- +migrate Down\n",
        ),
    ]);
    let run = |url: &str| {
        let (login, place) = url
            .strip_prefix("mysql://")
            .unwrap()
            .split_once('@')
            .unwrap();
        let (server, database) = place.split_once('/').unwrap();
        run(
            &migrations,
            "mysql",
            &format!("{login}@tcp({server})/{database}?parseTime=true"),
        )
    };
    for pair in MysqlPair::each(&migrations) {
        assert_eq!(run(&pair.theirs.url), "Applied 2 migrations");
        pair.compare(COMPARED);
        assert_eq!(
            pair.run_again("gorp_migrations", run),
            "Applied 0 migrations"
        );
    }
}
