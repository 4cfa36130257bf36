//! The configuration files of OpenStack's services, as oslo.config reads them.

use crate::launch::{Quoting, Site};

/// A value as the file wants it: quotes keep the spaces and quotes that it begins and ends with, and `$` would name another option.
pub(super) fn oslo(value: &str) -> String {
    format!("\"{}\"", Quoting::Dollar.of(value))
}

/// The PostgreSQL server that is found by [`of_postgres`].
pub(super) const POSTGRES_URL: &str = "postgresql://postgres@/postgres";

/// The variables by which clients find the PostgreSQL server that is the part of this name, whoever coordinates too. Its socket would be no
/// way to it, since libpq takes a comma in a directory for the end of it.
pub(super) fn of_postgres(site: &Site, name: &str) -> [(String, String); 3] {
    let found = [
        ("PGHOST", "127.0.0.1".to_owned()),
        ("PGPORT", site.port_named(name)),
        ("PGPASSWORD", site.value(&format!("{name}-password"))),
    ];
    found.map(|(variable, value)| (variable.to_owned(), value))
}
