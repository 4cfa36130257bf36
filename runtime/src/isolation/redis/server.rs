//! The server whose databases are lent out.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Mutex;
use std::time::Instant;

use super::commands;
use super::connection::{Answer, Connection};
use crate::error::Refused;
use crate::isolation::idle::Idle;
use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};
use crate::isolation::server::{Server, named};
use crate::isolation::wire::Processes;
use crate::launch::{Databases, Files};
use crate::lock::lock;
use crate::process::pause;

/// The database that tests do not get. Its keys that begin like this say who has the others, by their numbers.
const LEASES: &str = "0";
const LEASE: &str = "fixtured:database:";

const LEASING: &str = "lease a numbered database";

const EXHAUSTED: &str = "all numbered databases of the server but 0 hold data or are in use by tests; run fewer tests at once, or raise \
                         `databases` in its configuration";

/// Where the server is, and connections to it.
pub(in crate::isolation) struct Redis {
    databases: Databases,
    processes: Processes,
    idle: Idle<Connection>,
    /// The numbers of those that this session has, by the names of their leases.
    numbers: Mutex<HashMap<String, usize>>,
}

impl Server for Redis {
    fn part() -> &'static str {
        "numbered database"
    }

    fn new(databases: &Databases, processes: Processes) -> Self {
        Self {
            databases: databases.clone(),
            processes,
            idle: Idle::default(),
            numbers: Mutex::default(),
        }
    }

    /// A server has 16 databases by default, so a test may have to wait for another one's.
    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let since = Instant::now();
        loop {
            let leased = self.with(patience, |connection| lease(connection, name, patience));
            match leased.map_err(|problem| problem.refuses(LEASING))? {
                Some(number) => {
                    lock(&self.numbers).insert(name.into(), number);
                    return Ok(());
                }
                None => match patience.pause(pause(since.elapsed())) {
                    Err(problem) if problem.kind == Kind::Late => {
                        return Err(Refused::statement(LEASING, EXHAUSTED));
                    }
                    paused => paused.map_err(|problem| problem.refuses(LEASING))?,
                },
            }
        }
    }

    fn load(&self, files: &Files, patience: &Patience<'_>) -> Result<(), Refused> {
        let connection = Connection::open(&self.databases, &self.processes, patience);
        let mut connection = connection.map_err(|problem| problem.refuses("connect"))?;
        commands::run(&mut connection, files, patience)
    }

    fn is_plentiful(&self) -> bool {
        false
    }

    fn values(&self, name: &str) -> BTreeMap<String, String> {
        named(self.number(name))
    }

    /// Empties the database and releases it. Whoever has it does so, and nobody else.
    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        self.with(patience, |connection| {
            for (number, holder) in leases(connection, patience)? {
                if holder == name {
                    connection.ask(&["SELECT", &number], patience)?;
                    connection.ask(&["FLUSHDB"], patience)?;
                    connection.ask(&["SELECT", LEASES], patience)?;
                    connection.ask(&["DEL", &format!("{LEASE}{number}")], patience)?;
                }
            }
            lock(&self.numbers).remove(name);
            Ok(())
        })
    }

    /// It stays leased, so its number stays the same.
    fn renew(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let number = self.number(name);
        let emptied = self.with(patience, |connection| {
            connection.ask(&["SELECT", &number], patience)?;
            connection.ask(&["FLUSHDB"], patience)?;
            connection.ask(&["SELECT", LEASES], patience)
        });
        emptied
            .map(drop)
            .map_err(|problem| problem.refuses(format!("empty database {number}")))
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let leases = self.with(patience, |connection| leases(connection, patience))?;
        let holders = leases.into_iter().map(|(_, holder)| holder);
        Ok(holders.collect())
    }
}

impl Redis {
    /// The number of a database that has been leased.
    fn number(&self, name: &str) -> String {
        let number = lock(&self.numbers).get(name).copied();
        number.map_or_else(String::new, |number| number.to_string())
    }

    fn with<T>(
        &self,
        patience: &Patience<'_>,
        work: impl Fn(&mut Connection) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let open = || Connection::open(&self.databases, &self.processes, patience);
        self.idle.with(open, work)
    }
}

/// Leases the first database that is empty and that nobody has. It stays leased until its lease is deleted, whoever ends before.
fn lease(
    connection: &mut Connection,
    name: &str,
    patience: &Patience<'_>,
) -> Result<Option<usize>, Problem> {
    for number in 1.. {
        let (word, key) = (number.to_string(), format!("{LEASE}{number}"));
        match connection.ask(&["SELECT", &word], patience) {
            // There are no more. A server with one database, such as a cluster, has none to lend.
            Err(problem) if matches!(problem.kind, Kind::Refused(_)) && number > 1 => break,
            selected => selected?,
        };
        connection.ask(&["SELECT", LEASES], patience)?;
        if connection.ask(&["SET", &key, name, "NX"], patience)? == Answer::Nothing {
            continue;
        }
        connection.ask(&["SELECT", &word], patience)?;
        let size = connection.ask(&["DBSIZE"], patience)?;
        connection.ask(&["SELECT", LEASES], patience)?;
        if size == Answer::Number(0) {
            return Ok(Some(number));
        }
        // Somebody's data.
        connection.ask(&["DEL", &key], patience)?;
    }
    Ok(None)
}

/// Who has which database.
fn leases(
    connection: &mut Connection,
    patience: &Patience<'_>,
) -> Result<Vec<(String, String)>, Problem> {
    let mut leases = Vec::new();
    let mut cursor = String::from("0");
    loop {
        let pattern = format!("{LEASE}*");
        let words = ["SCAN", &cursor, "MATCH", &pattern, "COUNT", "1000"];
        let found = connection.ask(&words, patience)?;
        let [next, keys] = found.list() else {
            return Ok(leases);
        };
        for key in keys.list().iter().filter_map(Answer::text) {
            let holder = connection.ask(&["GET", key], patience)?;
            let number = key.strip_prefix(LEASE);
            leases.extend(
                number
                    .zip(holder.text())
                    .map(|(number, holder)| (number.into(), holder.into())),
            );
        }
        cursor = next.text().unwrap_or("0").into();
        if cursor == "0" {
            return Ok(leases);
        }
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("address", &self.databases.socket)
            .finish_non_exhaustive()
    }
}
