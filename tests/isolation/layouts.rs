//! Directories of migrations that are not understood whole, or whose files fail.

use std::fs;

use fixtured::{Acquire, daemons};
use fixtured_tests::scratch_directory;

/// A file, by name and text.
type File = (&'static str, &'static str);

/// Why `init` fails with a directory of these files, with `m` as its path.
fn refused(files: &[File]) -> String {
    let scratch = scratch_directory("layout").unwrap();
    for (name, text) in files {
        let path = scratch.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let acquired = daemons::postgres().init(scratch.to_path_buf()).acquire();
    let text = acquired.map(drop).unwrap_err().to_string();
    text.replace(&scratch.display().to_string(), "m")
}

/// The message must begin with this.
fn check(files: &[File], wanted: &str) {
    let text = refused(files);
    assert!(text.starts_with(wanted), "{text}\nwanted:\n{wanted}");
}

const UP: &str = "-- migrate:up\nSELECT 1;\n-- migrate:down\nSELECT 2;\n";

#[test]
fn names_that_are_not_understood_are_refused_at_once() {
    let check = |files: &[File], wanted| {
        check(
            files,
            &format!("cannot start `postgres`: `init`: cannot read `m{wanted}"),
        );
    };
    check(&[("README.md", "")], "`: there are no migrations in it");
    check(
        &[("20240101_create_users.rb", "")],
        "/20240101_create_users.rb`: it is Ruby code, as of Rails, which only the tool can run; run the tool in a function (`init = migrate`), \
         or give `init` a dump of the schema; with `schema_format = :sql` Rails keeps one in `db/structure.sql`",
    );
    check(
        &[("V1__a.sql", ""), ("V2__b.rs", "")],
        "/V2__b.rs`: it is Rust code, as of SeaORM, barrel or refinery, which only the tool can run; ",
    );
    check(
        &[("V1__a.sql", ""), ("2_b.sql", "")],
        "/2_b.sql`: refinery would not run it: its names are like `V1__users.sql`; rename the file or move it away",
    );
    check(
        &[("V1__a.sql", ""), ("U2__b.sql", ""), ("R__c.sql", "")],
        "/U2__b.sql`: `R__c.sql` makes this a directory of Flyway, in which this file would undo a version that is not there; \
         for refinery, which would run it, rename the other one",
    );
    check(
        &[("1_a/up.sql", ""), ("2_b.sql", "")],
        "/2_b.sql`: diesel would not run it: it reads `up.sql` in the directories; move the file away, or make a migration of it",
    );
    check(
        &[("1.sql", ""), ("1.rollback.sql", "")],
        "/1.rollback.sql`: it undoes `1.sql` by the names that yoyo gives, which are not known here; name the two `.up.sql` and \
         `.down.sql`, run the tool in a function (`init = migrate`), or give `init` a dump of the schema",
    );
    check(
        &[("schema.sql", ""), ("migrations/1_a.sql", "")],
        "/migrations`: the scripts in this directory would not run; give `init` the path of the one directory that has all",
    );
}

#[test]
fn texts_that_are_not_understood_are_refused() {
    check(
        &[("1_a.sql", UP), ("2_b.sql", "SELECT 1;")],
        "cannot read `m/2_b.sql`: there is no `-- migrate:up` in it, as there is in `1_a.sql`; move it away\n",
    );
    check(
        &[("1_a.sql", ""), ("01_b.sql", "")],
        "cannot read `m/1_a.sql`: `01_b.sql` has the same version\n",
    );
    check(
        &[("1_a.sql", ""), ("b.sql", "")],
        "cannot read `m/b.sql`: its name has no number like the others (`1_users.sql`), so its place is unknown; rename it or move it away\n",
    );
    check(
        &[(
            "1_a.sql",
            "-- +goose Up\n-- +goose ENVSUB ON\nSELECT ${X};\n",
        )],
        "cannot read `m/1_a.sql`, line 2: goose would replace variables of the environment; run goose in a function: `init = migrate`\n",
    );
    check(
        &[("1_a.sql", ""), ("atlas.sum", "h1:x\n1_a.sql h1:y\n")],
        "cannot read `m/1_a.sql`: it is not what `atlas.sum` was made of; if the change is meant, run `atlas migrate hash`\n",
    );
    check(
        &[
            ("1_a/migration.sql", ""),
            ("migration_lock.toml", "provider = \"mysql\"\n"),
        ],
        "cannot read `m/migration_lock.toml`: the migrations are for `mysql`, not for postgresql\n",
    );
    check(
        &[("1_a.sql", "\n--liquibase formatted sql\n")],
        "cannot read `m/1_a.sql`, line 2: the comment belongs to Liquibase, whose files are not read here; \
         run the tool in a function (`init = migrate`), or give `init` a dump of the schema\n",
    );
}

#[test]
fn lines_are_those_of_the_file() {
    check(
        &[(
            "1_a.sql",
            "-- +goose Up\nSELECT 1;\n\nSELECT nonsense;\n-- +goose Down\n",
        )],
        "migration m/1_a.sql, line 4, failed\n  statement: SELECT nonsense\n",
    );
    check(
        &[(
            "1_a.sql",
            "-- migrate:up\n-- migrate:down\n-- migrate:up\nSELECT nonsense;\n",
        )],
        "migration m/1_a.sql, line 4, failed\n  statement: SELECT nonsense\n",
    );
}
