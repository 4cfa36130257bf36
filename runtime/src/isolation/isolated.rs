//! One test's own part of a running daemon.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::lent::Lent;
use super::name;
use super::patience::Patience;
use super::pool::{self, Pool};
use super::preparations::Preparations;
use super::problem::Problem;
use super::protocol::{self, server};
use super::server::named;
use super::wire::Processes;
use crate::deadline::Deadline;
use crate::error::{Part, Refused};
use crate::launch::{Databases, Files, Isolation, Lender};
use crate::place::Place;

/// How long a server is left alone that has refused to remove something.
const AGAIN: Duration = Duration::from_millis(100);

/// The parts of one running daemon that start from the same.
#[derive(Debug)]
pub(crate) enum Parts {
    /// All tests see the same.
    Whole,
    /// All tests see the same data, but each has a unique prefix.
    Prefix(AtomicUsize),
    /// Each test has a database.
    Databases(Pool),
    /// Each is lent something by the daemon, which has these processes.
    Lender(Lender, Processes),
}

/// One test's own part. Dropping it takes it away again.
#[derive(Debug)]
pub(crate) struct Isolated {
    /// The values that differ from those of the daemon.
    pub(crate) values: BTreeMap<String, String>,
    database: Option<pool::Database>,
    _lent: Option<Lent>,
}

/// What a test is given.
pub(crate) enum Taken {
    Part(Isolated),
    /// The code that prepares what all parts start from must run first, with these values.
    Prepare(Preparation, BTreeMap<String, String>),
    /// It must be asked of another server, since in this one something has been made that belongs to all databases.
    Elsewhere,
}

/// What a test's own code is preparing. Dropping it has the next test try again.
#[derive(Debug)]
pub(crate) struct Preparation(pool::Claim);

impl Parts {
    /// In the daemon at `place`, with these processes of ours. If another server will do as well, there are `preparations`.
    pub(crate) fn new(
        isolation: &Isolation,
        place: &Place,
        processes: Processes,
        preparations: Option<Arc<Preparations>>,
    ) -> Self {
        match isolation {
            // With a dedicated server, there is nothing to isolate inside it.
            Isolation::None | Isolation::Server => Self::Whole,
            Isolation::Prefix => Self::Prefix(AtomicUsize::new(1)),
            Isolation::Lent(_) | Isolation::Database(_) => match place.fill_all(isolation) {
                Isolation::Lent(lender) => Self::Lender(lender, processes),
                Isolation::Database(databases) => {
                    Self::Databases(Pool::new(*databases, processes, preparations))
                }
                _ => Self::Whole,
            },
        }
    }

    /// Makes no more parts, and waits until none is being made.
    pub(crate) fn close(&self, until: Deadline) {
        if let Self::Databases(pool) = self {
            pool.close(until);
        }
    }

    /// Drops what no test uses, to give room back, and makes no part ahead any more.
    pub(crate) fn shed(&self, patience: &Patience<'_>) {
        if let Self::Databases(pool) = self {
            pool.shed(patience);
        }
    }

    /// Takes a part for the test of this name. Where others will follow, some are made ahead.
    pub(crate) fn take(
        &self,
        test: &str,
        others_follow: bool,
        patience: &Patience<'_>,
    ) -> Result<Taken, Refused> {
        let values = match self {
            Self::Whole => BTreeMap::new(),
            Self::Prefix(next) => {
                let number = next.fetch_add(1, Ordering::Relaxed);
                // As long as all others, so none is the beginning of another one.
                BTreeMap::from([("prefix".to_owned(), format!("test{number:06}"))])
            }
            Self::Databases(pool) => return database_for(pool, test, others_follow, patience),
            Self::Lender(lender, processes) => {
                let lent = Lent::from(lender, processes, patience)?;
                let named = |value: &String| (value.clone(), lent.name.clone());
                return Ok(Taken::Part(Isolated {
                    values: lender.values.iter().map(named).collect(),
                    database: None,
                    _lent: Some(lent),
                }));
            }
        };
        Ok(Taken::Part(Isolated {
            values,
            database: None,
            _lent: None,
        }))
    }
}

fn database_for(
    pool: &Pool,
    test: &str,
    others_follow: bool,
    patience: &Patience<'_>,
) -> Result<Taken, Refused> {
    Ok(match pool.take(test, others_follow, patience)? {
        pool::Taken::Database(taken) => Taken::Part(Isolated {
            values: taken.values(),
            database: Some(taken),
            _lent: None,
        }),
        pool::Taken::Prepare(claim) => {
            let values = named(&claim.name);
            Taken::Prepare(Preparation(claim), values)
        }
        pool::Taken::Elsewhere => Taken::Elsewhere,
    })
}

impl Isolated {
    /// Has the part be what it was in the beginning; `None` if it is nothing that was made for the test.
    pub(crate) fn reset(&self, patience: &Patience<'_>) -> Option<Result<(), Refused>> {
        Some(self.database.as_ref()?.reset(patience))
    }
}

impl Preparation {
    /// Reports the outcome. Whoever takes a part next, finds it.
    pub(crate) fn end(
        self,
        result: Result<(), Refused>,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        self.0.end(result, patience)
    }
}

/// What each test gets with this isolation.
pub(crate) fn part(isolation: &Isolation) -> Part {
    match isolation {
        Isolation::Database(databases) => Part::Made(protocol::part(databases.protocol).into()),
        Isolation::Lent(lender) => match lender.values.first() {
            Some(value) => Part::Lent(value.clone()),
            None => Part::Nothing,
        },
        Isolation::None | Isolation::Prefix | Isolation::Server => Part::Nothing,
    }
}

/// Executes statements at a server, outside of the tests' databases. What is refused does not show them.
pub(crate) fn execute(
    databases: &Databases,
    statements: &str,
    processes: Processes,
    patience: &Patience<'_>,
) -> Result<(), Refused> {
    let server = server(databases, processes);
    let executed = server.execute(statements, patience);
    executed.map_err(|problem| problem.refuses("statements"))
}

/// Runs the commands of a file at a server.
pub(crate) fn load(
    databases: &Databases,
    files: &Files,
    processes: Processes,
    patience: &Patience<'_>,
) -> Result<(), Refused> {
    server(databases, processes).load(files, patience)
}

/// Removes all parts of a session from a server that keeps running without it.
pub(crate) fn remove_parts(isolation: &Isolation, until: Deadline) {
    let Isolation::Database(databases) = isolation else {
        return;
    };
    if databases.mark.is_empty() {
        return;
    }
    let server = server(databases, Processes::none());
    let patience = Patience {
        until,
        ..Patience::of(Duration::ZERO)
    };
    // One that was being made when its session was killed may be there only a moment later.
    while !patience.is_over() {
        // A server that does not answer now will not be asked again: it may be gone for good.
        let all = until_done(&patience, || server.names(&patience));
        let all: BTreeSet<_> = all.unwrap_or_default().into_iter().collect();
        let ours = all
            .iter()
            .filter(|name| name::has_mark(name, &databases.mark));
        let ours: Vec<_> = ours.collect();
        let mut removed = ours
            .iter()
            .map(|name| until_done(&patience, || server.remove(name, &patience)));
        if ours.is_empty() || removed.any(|removed| removed.is_err()) {
            return;
        }
    }
}

/// Asks again as long as the server answers that it does not: a cluster may be choosing its leader.
fn until_done<T>(
    patience: &Patience<'_>,
    ask: impl Fn() -> Result<T, Problem>,
) -> Result<T, Problem> {
    loop {
        match ask() {
            Err(problem) if problem.is_refusal() && !patience.is_over() => {
                // It ends early only if nothing can be waited for.
                let _ = patience.within(AGAIN).wait(&[]);
            }
            done => return done,
        }
    }
}
