//! What keeps a database from being dropped or renamed, and how it is taken away.

use std::time::{Duration, Instant};

use super::connection::Connection;
use super::quote::{quoted, text};
use super::server::Postgres;
use crate::isolation::patience::Patience;
use crate::isolation::problem::Problem;
use crate::process::pause;

/// The codes of the errors that something in the way causes: the database is used, or it is a template, or it is locked.
const CODES: [&str; 3] = ["55006", "42809", "55P03"];

/// How long the end of a lock is waited for before whoever has it is ended.
const LOCKED: &str = "SET lock_timeout = '2s'";

/// How long it may take until nothing is in the way. The server itself waits 5 s for a connection that does not end.
const PERSISTENCE: Duration = Duration::from_secs(20);

/// What lets us into a database whose triggers would fail, or refuse what we do.
const QUIET: &str = "-c session_replication_role=replica";

impl Postgres {
    /// Executes a statement that the server refuses while something is in the way in this database, and takes that away.
    pub(super) fn insist(
        &self,
        statement: &str,
        database: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        let since = Instant::now();
        loop {
            let requests = [LOCKED, statement, "RESET lock_timeout"];
            let done = self.with(patience, |connection| {
                connection.execute_all(&requests, patience)
            });
            match done {
                Err(problem)
                    if CODES.iter().any(|code| problem.has_code(code))
                        && since.elapsed() < PERSISTENCE =>
                {
                    self.clear(database, patience)?;
                    patience.pause(pause(since.elapsed()))?;
                }
                done => return done,
            }
        }
    }

    /// Ends the connections to a database, and lets nobody in.
    pub(super) fn shut(&self, database: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let forbid = format!(
            "ALTER DATABASE {} ALLOW_CONNECTIONS false",
            quoted(database)
        );
        let these = format!("FROM pg_stat_activity WHERE datname = {}", text(database));
        let end = format!("SELECT pg_terminate_backend(pid) {these}");
        self.with(patience, |connection| {
            connection.execute_all(&[&forbid, &end], patience)?;
            // What is asked for next would wait for them too, but for a tenth of a second each time.
            let since = Instant::now();
            let left = format!("SELECT pid {these}");
            while since.elapsed() < PERSISTENCE && !connection.texts(&left, patience)?.is_empty() {
                patience.pause(pause(since.elapsed()))?;
            }
            Ok(())
        })
    }

    /// Ends all that a database is used for. To rename it while a transaction is prepared there would take the server 5 s and fail.
    pub(super) fn vacate(&self, database: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let prepared = format!(
            "SELECT gid FROM pg_prepared_xacts WHERE database = {}",
            text(database)
        );
        let prepared = self.with(patience, |connection| connection.texts(&prepared, patience))?;
        match prepared.is_empty() {
            true => allowed(self.shut(database, patience)),
            false => self.clear(database, patience),
        }
    }

    /// Takes away what a test has left in the way in its database, which is to be dropped. What the server refuses is left there.
    fn clear(&self, database: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let name = quoted(database);
        // What is set for the database may keep us from doing anything there.
        let open = format!(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS true IS_TEMPLATE false; \
             ALTER DATABASE {name} RESET ALL; ALTER ROLE CURRENT_USER IN DATABASE {name} RESET ALL"
        );
        let statements = format!(
            "SELECT format('ROLLBACK PREPARED %L', gid) FROM pg_prepared_xacts WHERE database = {named} \
             UNION ALL \
             SELECT format(step, subname) FROM pg_subscription JOIN pg_database AS it ON it.oid = subdbid, unnest(ARRAY[\
             'ALTER SUBSCRIPTION %I DISABLE', 'ALTER SUBSCRIPTION %I SET (slot_name = NONE)', 'DROP SUBSCRIPTION %I']) AS step \
             WHERE datname = {named}",
            named = text(database)
        );
        // Somebody in another database may be in the middle of changing something about this one.
        let unlock = format!(
            "SELECT pg_terminate_backend(pid) FROM pg_locks JOIN pg_database AS it ON it.oid = objid \
             WHERE classid = 'pg_database'::regclass AND datname = {} AND pid <> pg_backend_pid()",
            text(database)
        );
        let statements = self.with(patience, |connection| {
            allowed(connection.execute(&unlock, patience))?;
            allowed(connection.execute(&open, patience))?;
            connection.texts(&statements, patience)
        })?;
        if !statements.is_empty() {
            allowed(self.inside(database, &statements, patience))?;
        }
        allowed(self.shut(database, patience))
    }

    /// Executes statements in a database, each in a transaction of its own.
    fn inside(
        &self,
        database: &str,
        statements: &[String],
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        let mut connection = Connection::open_with(QUIET, &self.address, database, patience)?;
        statements
            .iter()
            .try_for_each(|statement| allowed(connection.execute(statement, patience)))
    }
}

/// The same, but a refusal is none.
fn allowed(done: Result<(), Problem>) -> Result<(), Problem> {
    match done {
        Err(problem) if problem.is_refusal() => Ok(()),
        done => done,
    }
}
