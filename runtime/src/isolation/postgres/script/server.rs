//! The server that a script is for.

/// Parameters that newer versions of pg_dump set, with the version of the server that knows them. They make no difference to what is there
/// afterwards; psql reports an error and goes on.
const NEWER: &[(&str, u32)] = &[
    ("default_table_access_method", 12),
    ("idle_session_timeout", 14),
    ("transaction_timeout", 17),
];

/// What a plan depends on beside the script.
#[derive(Debug)]
pub(in crate::isolation::postgres) struct Server<'a> {
    pub(in crate::isolation::postgres) version: u32,
    /// The superuser, as whom tests connect.
    pub(in crate::isolation::postgres) user: &'a str,
    /// Whether it is only for tests.
    pub(in crate::isolation::postgres) is_own: bool,
    /// Whether a backslash in `'…'` is one.
    pub(in crate::isolation::postgres) standard: bool,
}

impl Server<'_> {
    /// Returns whether it is new enough to know a parameter, as far as that is known of it.
    pub(super) fn knows(&self, parameter: &str) -> bool {
        let found = NEWER.iter().find(|(newer, _)| *newer == parameter);
        found.is_none_or(|(_, since)| self.version >= *since)
    }
}
