//! One test's own part of a running daemon.

use std::collections::BTreeMap;

use super::postgres;
use crate::launch::Isolation;
use crate::place::Place;

/// One test's own part of a running daemon: the values that differ from those of the daemon, and how to take it away again.
#[derive(Debug)]
pub(crate) struct Isolated {
    pub(crate) values: BTreeMap<String, String>,
    undo: Option<postgres::Database>,
}

/// What the server was asked for and did not do, and why.
pub(crate) struct Refused {
    pub(crate) statement: String,
    pub(crate) reason: String,
}

impl Isolated {
    /// Makes the part for the test of this name in the instance at `place`; `number` tells it from all others.
    pub(crate) fn new(
        isolation: &Isolation,
        place: &Place,
        test: &str,
        number: u64,
        dead: &dyn Fn() -> bool,
    ) -> Result<Self, Refused> {
        match isolation {
            // A server of its own is all that the test sees, so there is nothing to set apart inside it.
            Isolation::None | Isolation::Server => Ok(Self {
                values: BTreeMap::new(),
                undo: None,
            }),
            Isolation::PostgresDatabase {
                socket,
                user,
                template,
            } => {
                let database = postgres::Database::new(
                    place.fill(socket),
                    place.fill(user),
                    template,
                    test,
                    number,
                    dead,
                )?;
                let values = BTreeMap::from([("database".into(), database.name().into())]);
                Ok(Self {
                    values,
                    undo: Some(database),
                })
            }
        }
    }

    /// Takes the part away again.
    pub(crate) fn undo(self, dead: &dyn Fn() -> bool) {
        if let Some(database) = self.undo {
            // A server that is gone has taken its databases along.
            let _ = database.drop_it(dead);
        }
    }
}
