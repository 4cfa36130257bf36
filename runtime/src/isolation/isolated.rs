//! One test's own part of a running daemon.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::postgres::{self, Dead};
use crate::launch::Isolation;
use crate::place::Place;

/// The parts of one running daemon that start from the same.
#[derive(Debug)]
pub(crate) enum Parts {
    /// All tests see the same.
    Whole,
    /// All tests see the same, but each has a word of its own.
    Prefix(AtomicUsize),
    Postgres(postgres::Pool),
}

/// One test's own part. Dropping it takes it away again.
#[derive(Debug)]
pub(crate) struct Isolated {
    /// The values that differ from those of the daemon.
    pub(crate) values: BTreeMap<String, String>,
    _database: Option<postgres::Database>,
}

/// What a test is given.
pub(crate) enum Taken {
    Part(Isolated),
    /// The code that prepares what all parts start from must run first, with these values.
    Prepare(Preparation, BTreeMap<String, String>),
}

/// What a test's own code is preparing. Dropping it has the next test try again.
#[derive(Debug)]
pub(crate) struct Preparation(postgres::Claim);

/// What the server was asked for and did not do, and why.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Refused {
    pub(crate) statement: String,
    pub(crate) reason: String,
}

impl Parts {
    /// In the daemon at `place`, as long as it is not `dead`.
    pub(crate) fn new(isolation: &Isolation, place: &Place, dead: Dead) -> Self {
        match isolation {
            // A server of its own is all that the test sees, so there is nothing to set apart inside it.
            Isolation::None | Isolation::Server => Self::Whole,
            Isolation::Prefix => Self::Prefix(AtomicUsize::new(1)),
            there @ Isolation::PostgresDatabase(_) => {
                let Isolation::PostgresDatabase(database) = place.fill_all(there) else {
                    return Self::Whole;
                };
                Self::Postgres(postgres::Pool::new(*database, dead))
            }
        }
    }

    /// Makes no more parts, and waits until none is being made.
    pub(crate) fn close(&self) {
        if let Self::Postgres(pool) = self {
            pool.close();
        }
    }

    /// Takes a part for the test of this name. Where others will follow, some are made ahead.
    pub(crate) fn take(&self, test: &str, others_follow: bool) -> Result<Taken, Refused> {
        let values = match self {
            Self::Whole => BTreeMap::new(),
            Self::Prefix(next) => {
                let number = next.fetch_add(1, Ordering::Relaxed);
                BTreeMap::from([("prefix".to_owned(), format!("test{number}"))])
            }
            Self::Postgres(pool) => return database_for(pool, test, others_follow),
        };
        Ok(Taken::Part(Isolated {
            values,
            _database: None,
        }))
    }
}

fn database_for(pool: &postgres::Pool, test: &str, others_follow: bool) -> Result<Taken, Refused> {
    let database = |name: &str| BTreeMap::from([("database".to_owned(), name.to_owned())]);
    Ok(match pool.take(test, others_follow)? {
        postgres::Taken::Database(taken) => Taken::Part(Isolated {
            values: database(&taken.name),
            _database: Some(taken),
        }),
        postgres::Taken::Prepare(claim) => {
            let values = database(&claim.name);
            Taken::Prepare(Preparation(claim), values)
        }
    })
}

impl Preparation {
    /// Says how it went; an error is remembered for all who need it.
    pub(crate) fn end(self, result: Result<(), Refused>) -> Result<(), Refused> {
        match result {
            Ok(()) => self.0.finish().map(drop),
            Err(refused) => Err(self.0.failed(refused)),
        }
    }
}

/// Removes all parts of a session from a server that goes on without it.
pub(crate) fn remove_parts(isolation: &Isolation) {
    if let Isolation::PostgresDatabase(database) = isolation
        && !database.mark.is_empty()
    {
        postgres::remove_all(database);
    }
}
