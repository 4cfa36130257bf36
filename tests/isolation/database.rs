//! What belongs to a PostgreSQL database itself, and not to what is in it: each clone has it too.

use std::fs;

use fixtured::daemons::Postgres;
use fixtured::{Acquire, Instance, daemons};
use fixtured_tests::scratch_directory;
use postgres::{Client, NoTls};

/// As people write it, since a script does not know the name of its database.
const SCRIPT: &str = r#"
CREATE SCHEMA app;
CREATE SCHEMA "we ""ird";
CREATE TABLE app.users (name text);
DO $$
DECLARE
    it text := quote_ident(current_database());
BEGIN
    EXECUTE 'ALTER DATABASE ' || it || ' SET search_path TO app, "we ""ird", ''$user'', ''''';
    EXECUTE 'ALTER DATABASE ' || it || ' SET work_mem = ''7MB''';
    EXECUTE 'ALTER DATABASE ' || it || ' SET TimeZone = ''Europe/Berlin''';
    EXECUTE 'ALTER DATABASE ' || it || ' SET app.tenant = ' || quote_literal('it''s \ "x", y');
    EXECUTE 'ALTER ROLE reader IN DATABASE ' || it || ' SET search_path = ''''';
    EXECUTE 'ALTER ROLE reader IN DATABASE ' || it || ' SET statement_timeout = 5000';
    EXECUTE 'COMMENT ON DATABASE ' || it || ' IS ' || quote_literal('it''s \ mine');
    EXECUTE 'REVOKE ALL ON DATABASE ' || it || ' FROM PUBLIC';
    EXECUTE 'GRANT CONNECT ON DATABASE ' || it || ' TO reader WITH GRANT OPTION';
    EXECUTE 'ALTER DATABASE ' || it || ' CONNECTION LIMIT 50';
    EXECUTE 'ALTER DATABASE ' || it || ' OWNER TO owner';
END
$$;
"#;

/// Everything about this database that is not in it. Whoever has been granted something has it from the owner.
const PROPERTIES: &str = "\
SELECT concat_ws(' | ', pg_get_userbyid(datdba), datconnlimit, datacl, shobj_description(oid, 'pg_database'),
    (SELECT string_agg(format('%s: %s', setrole::regrole, setconfig), '; ' ORDER BY setrole::regrole::text)
    FROM pg_db_role_setting WHERE setdatabase = oid))
FROM pg_database WHERE datname = current_database()";

fn ask(url: &str, query: &str) -> String {
    let mut client = Client::connect(url, NoTls).unwrap();
    client.query_one(query, &[]).unwrap().get(0)
}

fn of_role(postgres: &Instance<Postgres>, role: &str) -> String {
    postgres.url().replace("//postgres:", &format!("//{role}:"))
}

#[test]
fn clones_have_what_belongs_to_the_database() {
    let scratch = scratch_directory("database").unwrap();
    let path = scratch.join("1_all.sql");
    fs::write(&path, SCRIPT).unwrap();
    let options = || {
        // A server of its own, since a failure beside the roles of others is tried again in another one.
        let options = daemons::postgres().setting("work_mem", "34MB");
        let options = options.init(path.as_path());
        options.roles(["owner", "reader", "nobody_at_all"])
    };
    // Of these the test's own thread makes some, and others are made ahead.
    let all = [(); 6].map(|()| options().acquire().unwrap());
    let wanted = r#"owner | 50 | {owner=CTc/owner,reader=c*/owner} | it's \ mine | -: {"search_path=app, \"we \"\"ird\", \"$user\", \"\"",work_mem=7MB,TimeZone=Europe/Berlin,"app.tenant=it's \\ \"x\", y"}; reader: {"search_path=\"\"",statement_timeout=5000}"#;
    for postgres in &all {
        assert_eq!(ask(postgres.url(), PROPERTIES), wanted);
        let (count, url) = ("SELECT count(*)::text FROM users", postgres.url());
        assert_eq!(ask(url, count), "0");
        assert_eq!(ask(url, "SHOW timezone"), "Europe/Berlin");
        assert_eq!(
            ask(&of_role(postgres, "reader"), "SHOW search_path"),
            "\"\""
        );
        assert!(Client::connect(&of_role(postgres, "nobody_at_all"), NoTls).is_err());
    }
}

/// It would be there for the template only.
#[test]
fn what_cannot_be_cloned_is_named() {
    let scratch = scratch_directory("single").unwrap();
    let refused = |name: &str, script: &str| {
        let path = scratch.join(name);
        fs::write(&path, script).unwrap();
        let options = daemons::postgres()
            .replication(true)
            .setting("max_prepared_transactions", "2");
        let acquired = options.init(path.as_path()).acquire();
        acquired.map(drop).unwrap_err().to_string()
    };
    let slot = "SELECT pg_create_logical_replication_slot('mine', 'test_decoding')";
    let subscription = "CREATE SUBSCRIPTION mine CONNECTION 'host=127.0.0.1 port=1' PUBLICATION p WITH (connect = false)";
    let prepared = "BEGIN; CREATE TABLE a (b int); PREPARE TRANSACTION 'mine'";
    for (name, script, what) in [
        ("slot.sql", slot, "the replication slot mine"),
        ("subscription.sql", subscription, "the subscription mine"),
        ("prepared.sql", prepared, "the prepared transaction 'mine'"),
    ] {
        let text = refused(name, script);
        let wanted = format!(
            "`postgres` is running, but the database for this test could not be created: {what} cannot be copied to the databases of tests"
        );
        assert!(text.starts_with(&wanted), "{text}");
    }
}
