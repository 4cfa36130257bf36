//! What belongs to a database and is not cloned with it: its owner, limit of connections, rights, comment, labels and settings.

use super::connection::Connection;
use super::quote::{quoted, text};
use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};

/// The properties of a template that differ from those of a new database.
#[derive(Debug, Default)]
pub(super) struct Properties {
    /// The statements that set them, as the texts before and after the name of the database.
    statements: Vec<(String, String)>,
}

/// What a clone cannot have, since it is about one database.
const SINGLE: &str = "\
SELECT format('the replication slot %I', slot_name) FROM pg_replication_slots WHERE database = {name} \
UNION ALL \
SELECT format('the subscription %I', subname) FROM pg_subscription JOIN pg_database AS it ON it.oid = subdbid WHERE datname = {name} \
UNION ALL \
SELECT format('the prepared transaction %L', gid) FROM pg_prepared_xacts WHERE database = {name}";

impl Properties {
    /// Reads those of a template, over a connection to another database.
    pub(super) fn read(
        connection: &mut Connection,
        template: &str,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        let name = text(template);
        let single = connection.texts(&SINGLE.replace("{name}", &name), patience)?;
        if let Some(single) = single.first() {
            let reason = format!("{single} cannot be copied to the databases of tests");
            return Err(Problem::new(Kind::Refused(String::new()), reason));
        }
        let query = format!(include_str!("properties.sql"), name = name);
        let mut texts = connection.texts(&query, patience)?.into_iter();
        let pairs = std::iter::from_fn(|| Some((texts.next()?, texts.next()?)));
        Ok(Self {
            statements: pairs.collect(),
        })
    }

    /// The statements that give them to this database.
    pub(super) fn of(&self, database: &str) -> Vec<String> {
        let name = quoted(database);
        let statements = self.statements.iter();
        let whole = statements.map(|(before, after)| format!("{before}{name}{after}"));
        whole.collect()
    }
}
