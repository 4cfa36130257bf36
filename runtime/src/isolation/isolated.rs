//! One test's own part of a running daemon.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::lent::Lent;
use super::pool::{self, Pool};
use super::server::server;
use super::wire::Dead;
use crate::launch::{Isolation, Lender};
use crate::place::Place;

/// The parts of one running daemon that start from the same.
#[derive(Debug)]
pub(crate) enum Parts {
    /// All tests see the same.
    Whole,
    /// All tests see the same, but each has a word of its own.
    Prefix(AtomicUsize),
    /// Each has a database of its own.
    Databases(Pool),
    /// Each is lent something by the daemon.
    Lender(Lender),
}

/// One test's own part. Dropping it takes it away again.
#[derive(Debug)]
pub(crate) struct Isolated {
    /// The values that differ from those of the daemon.
    pub(crate) values: BTreeMap<String, String>,
    _database: Option<pool::Database>,
    _lent: Option<Lent>,
}

/// What a test is given.
pub(crate) enum Taken {
    Part(Isolated),
    /// The code that prepares what all parts start from must run first, with these values.
    Prepare(Preparation, BTreeMap<String, String>),
}

/// What a test's own code is preparing. Dropping it has the next test try again.
#[derive(Debug)]
pub(crate) struct Preparation(pool::Claim);

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
            Isolation::Lent(Lender { socket, values }) => Self::Lender(Lender {
                socket: place.fill(socket),
                values: values.clone(),
            }),
            Isolation::Database(databases) => {
                let databases = databases.rewritten(&|text| place.fill(text));
                Self::Databases(Pool::new(databases, dead))
            }
        }
    }

    /// Makes no more parts, and waits until none is being made.
    pub(crate) fn close(&self) {
        if let Self::Databases(pool) = self {
            pool.close();
        }
    }

    /// Takes a part for the test of this name. Where others will follow, some are made ahead.
    pub(crate) fn take(&self, test: &str, others_follow: bool) -> Result<Taken, Refused> {
        let values = match self {
            Self::Whole => BTreeMap::new(),
            Self::Prefix(next) => {
                let number = next.fetch_add(1, Ordering::Relaxed);
                // As long as all others, so none is the beginning of another one.
                BTreeMap::from([("prefix".to_owned(), format!("test{number:06}"))])
            }
            Self::Databases(pool) => return database_for(pool, test, others_follow),
            Self::Lender(lender) => {
                let lent = Lent::from(lender)?;
                let named = |value: &String| (value.clone(), lent.name.clone());
                return Ok(Taken::Part(Isolated {
                    values: lender.values.iter().map(named).collect(),
                    _database: None,
                    _lent: Some(lent),
                }));
            }
        };
        Ok(Taken::Part(Isolated {
            values,
            _database: None,
            _lent: None,
        }))
    }
}

fn database_for(pool: &Pool, test: &str, others_follow: bool) -> Result<Taken, Refused> {
    let database = |name: &str| BTreeMap::from([("database".to_owned(), name.to_owned())]);
    Ok(match pool.take(test, others_follow)? {
        pool::Taken::Database(taken) => Taken::Part(Isolated {
            values: database(&taken.name),
            _database: Some(taken),
            _lent: None,
        }),
        pool::Taken::Prepare(claim) => {
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
    let Isolation::Database(databases) = isolation else {
        return;
    };
    if databases.mark.is_empty() {
        return;
    }
    let server = server(databases, Arc::new(|| false));
    // A server that does not answer now will not be asked again: it may be gone for good.
    let all = server.marked(&databases.mark).unwrap_or_default();
    for name in all {
        if server.remove(&name).is_err() {
            return;
        }
    }
}
