//! Dumps of real databases, as `pg_dump` writes them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use fixtured::daemons::Postgres;
use fixtured::{Acquire, Instance, daemons};
use fixtured_tests::mysql::printed;
use fixtured_tests::scratch_directory;

/// Something of every kind.
const SCHEMA: &str = include_str!("everything.sql");

/// What a program prints about a database.
fn about(postgres: &Instance<Postgres>, program: &str, args: &[&str]) -> String {
    let mut command = Command::new(program);
    command
        .args(args)
        .envs(postgres.variables())
        .stdin(Stdio::null());
    printed(command.output().unwrap())
}

/// What is in a database, without what differs between two dumps of the same.
fn contents(postgres: &Instance<Postgres>) -> String {
    let dump = about(postgres, "pg_dump", &[]);
    let name = postgres.database();
    let lines = dump
        .lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    lines
        .map(|line| line.replace(name, "DATABASE") + "\n")
        .collect()
}

/// A database that a script was run in, in a server for the roles of dumps.
fn given(path: &Path) -> Result<Instance<Postgres>, String> {
    let server = daemons::postgres().setting("work_mem", "6MB");
    let acquired = server.roles(["app", "Some one"]).init(path).acquire();
    acquired.map_err(|error| error.to_string())
}

#[test]
fn a_dump_gives_what_was_dumped() {
    let scratch = scratch_directory("dumps").unwrap();
    let path = scratch.join("dump.sql");
    fs::write(&path, SCHEMA).unwrap();
    let source = given(&path).unwrap();
    let wanted = contents(&source);
    assert!(wanted.contains("\\.\n") && wanted.contains("lo_create"));
    for args in [
        &[][..],
        &["--inserts"],
        &["--column-inserts", "--rows-per-insert=2"],
        &["--create"],
        &["--create", "--clean", "--if-exists"],
        &["--clean", "--if-exists"],
        &[
            "--disable-triggers",
            "--quote-all-identifiers",
            "--data-only",
            "--schema-only",
        ][..2],
        &["--encoding=SQL_ASCII"],
    ] {
        let dump = about(&source, "pg_dump", args);
        let mut all = vec![dump.clone()];
        if args.is_empty() {
            all.extend([dump.replace('\n', "\r\n"), format!("\u{feff}{dump}")]);
        }
        for dump in all {
            fs::write(&path, &dump).unwrap();
            let ours = given(&path).unwrap();
            let found = contents(&ours);
            let found = match dump.contains("\r\n") {
                // Texts of more than one line have them as well.
                true => found.replace('\r', "").replace("\\r", ""),
                false => found,
            };
            assert_eq!(found, wanted, "{args:?}");
        }
    }
}

/// A dump of the whole server with one database in it.
#[test]
fn a_dump_of_a_server_gives_its_database() {
    let scratch = scratch_directory("dumpall").unwrap();
    let path = scratch.join("dump.sql");
    fs::write(&path, SCHEMA).unwrap();
    let source = given(&path).unwrap();
    let others = "SELECT datname FROM pg_database WHERE NOT datistemplate AND datname NOT IN (current_database(), 'postgres')";
    let others = about(&source, "psql", &["-XAtc", others]);
    let excluded: Vec<_> = others
        .lines()
        .map(|name| format!("--exclude-database={name}"))
        .collect();
    let excluded: Vec<_> = excluded.iter().map(String::as_str).collect();
    fs::write(&path, about(&source, "pg_dumpall", &excluded)).unwrap();
    let ours = given(&path).unwrap();
    assert_eq!(contents(&ours), contents(&source));
    // Tests still log in as the server's superuser.
    let url = ours.url();
    assert_eq!(
        about(&ours, "psql", &["-XAtc", "SELECT current_user", url]),
        "postgres"
    );
}

/// It sets what an older server does not know.
#[test]
fn a_dump_by_a_newer_version_is_understood() {
    let scratch = scratch_directory("newer").unwrap();
    let path = scratch.join("dump.sql");
    let dump = "-- Dumped by pg_dump version 18.1\n\n\\restrict Xyz\n\nSET statement_timeout = 0;\nSET lock_timeout = 0;\nSET idle_in_transaction_session_timeout = 0;\n\
        SET transaction_timeout = 0;\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\nSELECT pg_catalog.set_config('search_path', '', false);\n\
        SET check_function_bodies = false;\nSET xmloption = content;\nSET client_min_messages = warning;\nSET row_security = off;\n\nSET default_tablespace = '';\n\n\
        SET default_table_access_method = heap;\n\nCREATE TABLE public.a (\n    b integer\n);\n\nCOPY public.a (b) FROM stdin;\n1\n\\.\n\n\\unrestrict Xyz\n";
    fs::write(&path, dump).unwrap();
    let ours = given(&path).unwrap();
    assert_eq!(about(&ours, "psql", &["-XAtc", "SELECT b FROM a"]), "1");
}

#[test]
fn what_is_no_script_is_refused_with_advice() {
    let scratch = scratch_directory("formats").unwrap();
    let path = scratch.join("dump.sql");
    let source = daemons::postgres().acquire().unwrap();
    let custom = scratch.join("custom.dump");
    about(&source, "pg_dump", &["-Fc", "-f", custom.to_str().unwrap()]);
    let utf16: Vec<u8> = "SELECT 1;"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for (bytes, wanted) in [
        (
            fs::read(custom).unwrap(),
            "it is an archive of pg_dump, not a script; convert it with `pg_restore --file=FILE.sql`",
        ),
        (
            [&[0xff, 0xfe], &*utf16].concat(),
            "line 1: it is UTF-16, not UTF-8; convert it",
        ),
        (
            b"SELECT 1;\n\nSELECT 'caf\xe9';\n".to_vec(),
            ", line 3: it is not UTF-8; convert it, e.g. with `iconv -f LATIN1 -t UTF-8`",
        ),
        (utf16, "there is a zero byte"),
    ] {
        fs::write(&path, bytes).unwrap();
        let said = given(&path).map(drop).unwrap_err();
        assert!(said.contains(wanted), "{said}");
    }
}

#[test]
fn a_large_dump_is_streamed() {
    let scratch = scratch_directory("large").unwrap();
    let path = scratch.join("dump.sql");
    let rows: String = (0..400_000)
        .map(|n| format!("{n}\tthe row with the number {n}\t\\N\t2020-01-01 00:00:00\n"))
        .collect();
    let dump = format!(
        "CREATE TABLE a (id int, b text, c text, d timestamp);\nCOPY a FROM stdin;\n{rows}\\.\n"
    );
    fs::write(&path, dump).unwrap();
    let ours = given(&path).unwrap();
    assert_eq!(
        about(&ours, "psql", &["-XAtc", "SELECT sum(id) FROM a"]),
        "79999800000"
    );
    // A trigger that says something of each row must not keep the data from being sent.
    let noisy = "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', repeat('x', 1000); RETURN NEW; END $$;\n\
        CREATE TABLE a (id int, b text, c text, d timestamp);\nCREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f();\n";
    let some: String = rows.split_inclusive('\n').take(20_000).collect();
    fs::write(&path, format!("{noisy}COPY a FROM stdin;\n{some}\\.\n")).unwrap();
    let ours = given(&path).unwrap();
    assert_eq!(
        about(&ours, "psql", &["-XAtc", "SELECT count(*) FROM a"]),
        "20000"
    );
}
