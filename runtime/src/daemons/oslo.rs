//! The configuration files of OpenStack's services, as oslo.config reads them.

use crate::launch::{Quoting, Site};

/// A value as the file wants it: quotes keep the spaces and quotes that it begins and ends with, and `$` would name another option.
pub(super) fn oslo(value: &str) -> String {
    format!("\"{}\"", Quoting::Dollar.of(value))
}

/// What is wrong with the value of this option, if it is not one line.
pub(super) fn one_line(option: &str, value: &str) -> Option<String> {
    value.contains(['\n', '\r', '\0']).then(|| {
        format!("`{option}` has a line break or a NUL, which the configuration cannot hold")
    })
}

/// The URL of the PostgreSQL server that is the part of this name, as the user to whom its socket asks for no password. Whoever coordinates
/// finds it by that, too.
pub(super) fn postgres_url(site: &Site, name: &str) -> String {
    let dir = Quoting::Path.of(site.dir_named(name));
    let port = site.port_named(name);
    format!("postgresql://postgres@/postgres?host={dir}&port={port}")
}
