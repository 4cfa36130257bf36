//! The database that all others are cloned from.

use std::collections::BTreeSet;

use super::connection::Connection;
use super::quote::quoted;
use super::run::{Failure, run};
use super::script::{Databases, Manner};
use crate::error::Refused;
use crate::isolation::patience::Patience;
use crate::launch::Init;
use crate::migrations::Script;

/// What a template is prepared with.
pub(super) struct Preparation<'a> {
    init: &'a Init,
    scripts: &'a [Script],
    /// The numbers of the scripts that have to be done statement by statement, as the server says.
    single: BTreeSet<usize>,
    /// Whether the server is only for tests.
    is_own: bool,
}

impl<'a> Preparation<'a> {
    pub(super) fn new(init: &'a Init, scripts: &'a [Script], is_own: bool) -> Self {
        Self {
            init,
            scripts,
            single: BTreeSet::new(),
            is_own,
        }
    }

    /// Prepares the database of this name, over a connection to it. Returns whether it has been done; if not, more is known of how, and it
    /// must be done again in a new database.
    pub(super) fn carry_out(
        &mut self,
        connection: &mut Connection,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<bool, Refused> {
        for extension in &self.init.extensions {
            let statement = format!(
                "CREATE EXTENSION IF NOT EXISTS {} CASCADE",
                quoted(extension)
            );
            let done = connection.execute(&statement, patience);
            done.map_err(|problem| problem.refuses(statement))?;
        }
        let mut databases = Databases::new(name);
        for (number, script) in self.scripts.iter().enumerate() {
            let manner = match script.alone || self.single.contains(&number) {
                true => Manner::Single,
                false => Manner::Known,
            };
            match run(
                connection,
                script,
                &mut databases,
                self.is_own,
                manner,
                patience,
            ) {
                Ok(()) => {}
                Err(Failure::Refused(refused)) => return Err(refused),
                Err(Failure::NotTogether) => {
                    self.single.insert(number);
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
