//! What the definitions of SQL servers have in common.

use super::choice::{Choice, Choices};
use super::init_slot::SqlInit;
use super::slot::{Settings, Timeout};
use super::validation::without_nul;
use crate::launch::{Databases, Init, Isolation, Launch};

/// What a test gets of an SQL server.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum SqlIsolation {
    /// A database.
    #[default]
    Database,
    /// Nothing: tests share one.
    None,
}

impl Choices for SqlIsolation {
    const WHAT: &'static str = "isolation";
    const ALL: &'static [(&'static str, Self)] =
        &[("database", Self::Database), ("none", Self::None)];
}

/// The options of an SQL server that concern its launch as a whole.
pub(super) struct Sql<'a> {
    pub(super) settings: &'a Settings,
    pub(super) isolation: &'a Choice<SqlIsolation>,
    pub(super) timeout: &'a Timeout,
    pub(super) init: &'a SqlInit,
}

impl Sql<'_> {
    /// The launch with what each test gets: one of these databases, unless tests share one. `initialised` names the options that make them
    /// differ from an empty database.
    pub(super) fn isolate(
        &self,
        launch: Launch,
        databases: Databases,
        initialised: &str,
    ) -> Launch {
        let mut settings = self.settings.0.values();
        let is_shared = self.isolation.get() == SqlIsolation::None;
        let needs_database = is_shared && databases.init != Init::default();
        let launch = launch
            .isolation(match is_shared {
                true => Isolation::None,
                false => databases.into(),
            })
            .invalid(self.isolation.problem())
            .invalid(settings.find_map(|value| without_nul("setting", value)))
            .invalid(self.init.problem())
            .invalid(needs_database.then(|| {
                format!("{initialised} a database for each test; remove `isolation = \"none\"`")
            }));
        self.timeout.limit(launch)
    }

    /// The settings: these, and then the user's, so that they take precedence.
    pub(super) fn settings<'a>(
        &'a self,
        defaults: &'a [(&str, &str)],
    ) -> impl Iterator<Item = String> + 'a {
        let defaults = defaults.iter().copied();
        let given = self.settings.0.iter();
        defaults
            .chain(given.map(|(name, value)| (name.as_str(), value.as_str())))
            .map(|(name, value)| format!("{name}={value}"))
    }
}
