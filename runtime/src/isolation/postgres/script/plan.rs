//! What of a script is sent at once.

use super::databases::Databases;
use super::draft::{Draft, Manner, Wrong};
use super::pieces::{Part, Pieces};
use super::server::Server;
use super::unit::Unit;

/// How a script is carried out.
#[derive(Debug)]
pub(in crate::isolation::postgres) struct Plan<'a> {
    pub(in crate::isolation::postgres) units: Vec<Unit<'a>>,
    /// Whether all of it is one transaction.
    pub(in crate::isolation::postgres) is_transaction: bool,
}

impl<'a> Plan<'a> {
    pub(in crate::isolation::postgres) fn new(
        script: &'a str,
        databases: &mut Databases,
        server: &Server<'_>,
        manner: Manner,
    ) -> Result<Self, Wrong<'a>> {
        if let Some(at) = script.find('\0') {
            let reason = "there is a zero byte: it is not a text".into();
            return Err(Wrong {
                part: Part { at, text: "" },
                reason,
            });
        }
        databases.begin();
        let mut draft = Draft::new(script, databases, server, manner);
        for piece in Pieces::new(script, server.standard) {
            draft.add(piece)?;
        }
        let (units, is_transaction) = draft.finish();
        Ok(Self {
            units,
            is_transaction,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::draft::LARGE;
    use super::*;

    const SERVER: Server<'_> = Server {
        version: 15,
        user: "postgres",
        is_own: true,
        standard: true,
    };

    /// What is sent at once, and whether all of it is one transaction.
    fn check(script: &str, manner: Manner, is_transaction: bool, wanted: &[&str]) {
        let mut databases = Databases::new("t_1");
        let plan = Plan::new(script, &mut databases, &SERVER, manner).unwrap();
        let units: Vec<_> = plan.units.iter().map(|unit| &*unit.text).collect();
        assert_eq!(units, wanted, "{script}");
        assert_eq!(plan.is_transaction, is_transaction, "{script}");
    }

    fn known(script: &str, is_transaction: bool, wanted: &[&str]) {
        check(script, Manner::Known, is_transaction, wanted);
    }

    #[test]
    fn what_can_be_together_is() {
        known(
            "-- c\nSELECT 1; SELECT 2;\n",
            true,
            &["SELECT 1; SELECT 2;"],
        );
        known("", true, &[]);
        check(
            "SELECT 1; SELECT 2",
            Manner::Single,
            false,
            &["SELECT 1;", "SELECT 2"],
        );
        known(
            "SELECT 1; SELECT 2; create unique index CONCURRENTLY i ON t (a); SELECT 3;",
            false,
            &[
                "SELECT 1; SELECT 2;",
                "create unique index CONCURRENTLY i ON t (a);",
                "SELECT 3;",
            ],
        );
        known(
            "SELECT 1; BEGIN; SELECT 2; COMMIT; SELECT 3",
            false,
            &["SELECT 1;", "BEGIN; SELECT 2; COMMIT;", "SELECT 3"],
        );
        known(
            "SAVEPOINT a; ROLLBACK TO a;",
            true,
            &["SAVEPOINT a; ROLLBACK TO a;"],
        );
        let large = format!("SELECT '{}';", "x".repeat(LARGE));
        known(&format!("{large}{large}"), true, &[&large, &large]);
    }

    #[test]
    fn what_cannot_be_in_a_transaction_is_alone() {
        for statement in [
            "VACUUM (ANALYZE) t;",
            "REINDEX SCHEMA public;",
            "ALTER SYSTEM SET work_mem = '5MB';",
            "ALTER TYPE public.\"Mood\" ADD VALUE IF NOT EXISTS 'x';",
            "ALTER TABLE IF EXISTS ONLY a.b DETACH PARTITION c.d CONCURRENTLY;",
            "DROP INDEX CONCURRENTLY IF EXISTS i;",
            "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p;",
        ] {
            known(
                &format!("SELECT 1; {statement} SELECT 2;"),
                false,
                &["SELECT 1;", statement, "SELECT 2;"],
            );
        }
        for statement in ["CALL p();", "DO $$ BEGIN COMMIT; END $$;"] {
            known(statement, false, &[statement]);
            let local = format!("SET LOCAL x.y = 1; {statement}");
            known(&local, true, &[&local]);
        }
        known(
            "DO $$ BEGIN NULL; END $$;",
            true,
            &["DO $$ BEGIN NULL; END $$;"],
        );
    }

    #[test]
    fn a_dump_speaks_of_the_test_s_database() {
        let dump = "DROP DATABASE IF EXISTS \"My app\"; CREATE DATABASE \"My app\" WITH TEMPLATE = template0;\nALTER DATABASE \"My app\" OWNER TO a;\n\
            \\connect -reuse-previous=on \"dbname='My app'\"\nSET transaction_timeout = 0;\nGRANT CONNECT ON DATABASE \"My app\" TO a; ALTER DATABASE other RESET ALL;";
        known(
            dump,
            false,
            &[
                "ALTER DATABASE \"t_1\" OWNER TO a;",
                "DISCARD ALL",
                "GRANT CONNECT ON DATABASE \"t_1\" TO a;",
                "ALTER DATABASE other RESET ALL;",
            ],
        );
        let all = "CREATE ROLE postgres;\nALTER ROLE postgres WITH SUPERUSER PASSWORD 'x'; \\connect template1\nSET a.b = 1;\n\\connect one\nCREATE TABLE a ();\n";
        let guarded = "DO $fixtured$ BEGIN CREATE ROLE postgres\n; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $fixtured$";
        let sent = [
            guarded,
            "DISCARD ALL",
            "SET a.b = 1;",
            "DISCARD ALL",
            "CREATE TABLE a ();",
        ];
        known(all, false, &sent);
        let two = format!("{all}\\c two\nCREATE TABLE b ();");
        let wrong = Plan::new(&two, &mut Databases::new("t"), &SERVER, Manner::Known).unwrap_err();
        assert_eq!(wrong.part.text, "CREATE TABLE b ();");
        assert!(wrong.reason.contains("`one` and `two`"), "{}", wrong.reason);
    }
}
