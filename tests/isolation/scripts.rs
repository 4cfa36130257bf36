//! Scripts that run before any test, as `psql` would run them.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use fixtured::daemons::Postgres;
use fixtured::{Acquire, Instance, daemons};
use fixtured_tests::mysql::printed;
use fixtured_tests::scratch_directory;
use postgres::{Client, NoTls};

fn given(path: impl AsRef<Path>) -> Result<Instance<Postgres>, String> {
    let acquired = daemons::postgres().init(path.as_ref()).acquire();
    acquired.map_err(|error| error.to_string())
}

/// A database that this script was run in.
fn with(script: &str) -> Result<Instance<Postgres>, String> {
    let scratch = scratch_directory("script").unwrap();
    let path = scratch.join("a.sql");
    fs::write(&path, script).unwrap();
    given(path)
}

fn text(postgres: &Instance<Postgres>, query: &str) -> String {
    let mut client = Client::connect(postgres.url(), NoTls).unwrap();
    client.query_one(query, &[]).unwrap().get(0)
}

/// What is in a database, as `pg_dump` sees it.
fn contents(postgres: &Instance<Postgres>) -> String {
    let dump = Command::new("pg_dump").envs(postgres.variables()).output();
    let dump = printed(dump.unwrap());
    let lines = dump
        .lines()
        .filter(|line| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict"));
    lines.collect::<Vec<_>>().join("\n")
}

/// The same scripts by psql and by us, for everything in which a statement can seem to end.
#[test]
fn scripts_do_what_they_do_in_psql() {
    let scripts = [
        "CREATE TABLE a (b text DEFAULT ';', \"c;\" int); INSERT INTO a VALUES ('it''s; \\', 1), (E'\\';\\\\', 2), (E'a'\n'\\';', 3);",
        "/* ; /* ' */ ; */ CREATE TABLE a (b int); -- ';\nINSERT INTO a\n-- ; \"\nVALUES (1);",
        "CREATE TABLE a$b$ (c text); INSERT INTO a$b$ VALUES ($$;'$x$$), ($é$;$$ $é$), (U&'\\003b;'), (N';'), ($x$\r\n;\r\n$x$);",
        "CREATE TABLE a (b bit(4)); INSERT INTO a VALUES (B'0101'), (X'F'); SELECT 1;;;",
        "CREATE TABLE a (b int); CREATE TABLE c (b int); CREATE RULE r AS ON INSERT TO a DO ALSO (INSERT INTO c VALUES (1); INSERT INTO c VALUES (2)); INSERT INTO a VALUES (1);",
        "CREATE FUNCTION f(i int) RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT CASE WHEN i > 1 THEN CASE i WHEN 2 THEN ';' END ELSE 'b' END; END;\n\
         CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END; CREATE TABLE t (n int);",
        "SET standard_conforming_strings = off; SET escape_string_warning = off;\nCREATE TABLE a (b text); INSERT INTO a VALUES ('\\';'); SET standard_conforming_strings TO on;\nINSERT INTO a VALUES ('\\');",
        "\\set ON_ERROR_STOP on\n\\echo it;\nCREATE TABLE a (b text, c text);\nCOPY a (b, c) FROM stdin;\n1;\t\\N\n\\\\.\t2\n\\.\nCOPY a FROM STDIN WITH (FORMAT csv, HEADER);\nb,c\n\"x\ny\",';'\n\\.\nCOPY a TO stdout;\n",
        "CREATE TABLE a (b text);\r\nCOPY a FROM stdin;\r\none\r\ntwo\r\n\\.\r\nINSERT INTO a VALUES ('a\r\nb');\r\n",
        "BEGIN; CREATE TABLE a (b int); SAVEPOINT s; CREATE TABLE c (b int); ROLLBACK TO s; COMMIT; CREATE TABLE d (b int); BEGIN; CREATE TABLE e (b int); ROLLBACK;",
        "CREATE TABLE \"é\u{1f980}\" (a int CHECK (a > 1)); COMMENT ON TABLE \"é\u{1f980}\" IS '\u{1f980};'",
        "SET LOCAL search_path = pg_catalog; CREATE TABLE public.a (b int);",
    ];
    for script in scripts {
        let reference = daemons::postgres().acquire().unwrap();
        let scratch = scratch_directory("psql").unwrap();
        fs::write(scratch.join("a.sql"), script).unwrap();
        let mut psql = Command::new("psql");
        psql.args(["-qXv", "ON_ERROR_STOP=1", "-f"])
            .arg(scratch.join("a.sql"));
        printed(
            psql.envs(reference.variables())
                .stdin(Stdio::null())
                .output()
                .unwrap(),
        );
        let ours = given(scratch.join("a.sql")).unwrap();
        assert_eq!(contents(&ours), contents(&reference), "{script}");
        assert!(contents(&ours).contains("CREATE TABLE"), "{script}");
    }
}

#[test]
fn what_no_transaction_can_hold_is_done_by_itself() {
    let postgres = with(
        "CREATE TYPE mood AS ENUM ('ok');\nCREATE TABLE a (b int, c int, m mood);\nINSERT INTO a SELECT n, n FROM generate_series(1, 100) AS n;\n\
         CREATE INDEX CONCURRENTLY one ON a (b);\nCREATE UNIQUE INDEX CONCURRENTLY two ON a (c);\nVACUUM ANALYZE a;\n\
         ALTER TYPE mood ADD VALUE 'new';\nINSERT INTO a VALUES (0, 0, 'new');\nREINDEX TABLE CONCURRENTLY a;\n\
         CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO a VALUES (-1, -1); COMMIT; INSERT INTO a VALUES (-2, -2); END $$;\nCALL p();\n\
         DO $$ BEGIN INSERT INTO a VALUES (-3, -3); COMMIT; END $$;\nDROP INDEX CONCURRENTLY one;\n\
         CREATE TABLE parts (n int) PARTITION BY LIST (n);\nCREATE TABLE part PARTITION OF parts FOR VALUES IN (1);\nALTER TABLE parts DETACH PARTITION part CONCURRENTLY;\n\
         ALTER SYSTEM SET log_min_duration_statement = -1;\n",
    );
    let postgres = postgres.unwrap();
    let found = "SELECT concat_ws(' ', (SELECT count(*) FROM a), (SELECT count(*) FROM a WHERE m = 'new'), (SELECT indexrelid::regclass FROM pg_index WHERE indrelid = 'a'::regclass AND indisvalid))";
    assert_eq!(text(&postgres, found), "104 1 two");
}

/// What is not known of a script before is what the server says of it; then it is done again from the beginning.
#[test]
fn what_the_server_does_not_do_in_a_transaction_is_done_again_without() {
    let scratch = scratch_directory("again").unwrap();
    let before = "CREATE ROLE made_again; CREATE TYPE mood AS ENUM ('ok');\n\
        CREATE TABLE a (id serial PRIMARY KEY, m mood, other int REFERENCES a DEFERRABLE INITIALLY DEFERRED);";
    fs::write(scratch.join("1_before.sql"), before).unwrap();
    for (script, wanted) in [
        (
            "INSERT INTO a (m) VALUES ('ok'); DO $$ BEGIN EXECUTE 'ALTER TYPE mood ADD VALUE ''new'''; END $$; INSERT INTO a (m) VALUES ('new');",
            "1 ok,2 new",
        ),
        (
            "INSERT INTO a (other) VALUES (1); ALTER TABLE a ADD x int;",
            "1",
        ),
        (
            "SET LOCAL search_path = public; CREATE PROCEDURE p() LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.a (m) VALUES (''ok''); COMMIT; END'; CALL p();",
            "1 ok",
        ),
    ] {
        fs::write(scratch.join("2_after.sql"), script).unwrap();
        // Its role would concern all tests of a server.
        let own = daemons::postgres().setting("work_mem", "5MB");
        let postgres = own.init(&*scratch).acquire().unwrap();
        let found = text(
            &postgres,
            "SELECT string_agg(concat_ws(' ', id, m), ',' ORDER BY id) FROM a",
        );
        assert_eq!(found, wanted, "{script}");
    }
}

#[test]
fn what_fails_is_named_with_its_line() {
    let long = format!(
        "INSERT INTO a VALUES {}('x'){};",
        "(1), ".repeat(300),
        ", (2)".repeat(300)
    );
    for (script, wanted) in [
        (
            "CREATE TABLE a (b int);\n\nVACUUM a;\nSELECT 1;\n\nINSERT INTO a\n  VALUES ('x');\n",
            "line 7, failed\n  statement: INSERT INTO a\n               VALUES ('x')\n  server:  ERROR 22P02: invalid input syntax for type integer: \"x\"\n  daemon:  postgres\n",
        ),
        (
            "CREATE TABLE a (b int PRIMARY KEY, c text);\nCOPY a FROM stdin;\n1\tx\n2\ty\nz\tz\n\\.\n",
            "line 5, failed\n  statement: COPY a FROM stdin\n  server:  ERROR 22P02: invalid input syntax for type integer: \"z\"\n  context: COPY a, line 3, column b: \"z\"\n",
        ),
        (
            "CREATE TABLE a (b int PRIMARY KEY);\nCOPY a FROM stdin;\n1\n1\n\\.\n",
            "line 4, failed\n  statement: COPY a FROM stdin\n  server:  ERROR 23505: duplicate key value violates unique constraint \"a_pkey\"\n  detail:  Key (b)=(1) already exists.\n  context: COPY a, line 2\n",
        ),
        (
            "SELECT 1;\n\nDO $$\nBEGIN\n  PERFORM 1 / 0;\nEND $$;\n",
            "line 5, failed\n  statement: DO $$\n             BEGIN\n               PERFORM 1 / 0;\n             END $$\n  server:  ERROR 22012: division by zero\n  context: SQL statement \"SELECT 1 / 0\"\n           PL/pgSQL function inline_code_block line 3 at PERFORM\n",
        ),
        (
            "CREATE TABLE abc (d int);\nSELECT e\nFROM abc;\nSELECT abd.d FROM abc;\n",
            "line 2, failed\n  statement: SELECT e\n             FROM abc\n  server:  ERROR 42703: column \"e\" does not exist\n",
        ),
        (
            "CREATE TABLE abc (d int);\nSELECT abcc.d FROM abc;\n",
            "server:  ERROR 42P01: missing FROM-clause entry for table \"abcc\"\n",
        ),
        (
            &format!("CREATE TABLE a (b int);\n{long}"),
            "line 2, failed\n  statement: …",
        ),
        (
            &format!("CREATE TABLE a (b int);\n{long}"),
            " (1), (/* here: */ 'x'), (2), ",
        ),
        (
            "CREATE TABLE a (b int);\nBEGIN;\nINSERT INTO a VALUES (1);\n-- end",
            "line 4, failed\n  statement: the end of the script\n  server:  it leaves a transaction open, which would be lost",
        ),
        (
            "CREATE TABLE a (b int PRIMARY KEY, c int REFERENCES a DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO a VALUES (1, 2);\n",
            "line 2, failed\n  statement: COMMIT, which follows it\n  server:  ERROR 23503: ",
        ),
        (
            "SELECT 1;\n\\i other.sql\n",
            "line 2, failed\n  statement: \\i other.sql\n  server:  psql's `\\i` is not supported: ",
        ),
        (
            "SELECT 1\n\\gexec\n",
            "line 2, failed\n  statement: \\gexec\n  server:  psql's command stands inside a statement; end that with `;`",
        ),
        (
            "\nCOPY a FROM stdin;\n1\n",
            "line 2, failed\n  statement: \n  server:  its data has no end: a line `\\.`",
        ),
        (
            "SELECT 1;\nSELECT 'x",
            "line 2, failed\n  statement: SELECT 'x\n  server:  ERROR 42601: unterminated quoted string at or near \"'x\"",
        ),
        (
            "CREATE TABLE a (b int);\nALTER TABLE a OWNER TO nobody_yet;\nGRANT ALL ON a TO \"No one\", public;\nGRANT SELECT ON a TO postgres;\n",
            "line 2, failed\n  statement: ALTER TABLE a OWNER TO nobody_yet\n  server:  ERROR 42704: role \"nobody_yet\" does not exist\n  \
             to do:   create what is missing with `roles = [\"No one\", \"nobody_yet\"]`, or dump with `--no-owner --no-privileges`\n",
        ),
        (
            "\\c one\nCREATE TABLE a ();\n\\c two\nCREATE TABLE b ();\n",
            "line 4, failed\n  statement: CREATE TABLE b ()\n  server:  the script fills two databases, `one` and `two`",
        ),
    ] {
        let said = with(script).map(drop).unwrap_err();
        assert!(
            said.starts_with("migration /") && said.contains(wanted),
            "{said}\n{wanted}"
        );
    }
}
