//! Files that contain both directions, and whose they are.

use super::applied::Applied;
use super::dialect::Dialect;
use super::odd::Odd;
use super::script::Script;
use super::sections::bare;
use super::source::Source;
use super::{dbmate, foreign, goose, sql_migrate};

/// A tool whose files contain both directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Marked {
    Dbmate,
    Goose,
    SqlMigrate,
}

impl Marked {
    /// Whose the comments in the files are. They must be the same tool's in all.
    pub(super) fn of(sources: &[Source]) -> Result<Option<Self>, Odd> {
        let mut found: Option<(Self, &Source)> = None;
        let mut without = None;
        for source in sources {
            match (mark(source)?, found) {
                (Some(tool), Some((other, first))) if tool != other => {
                    let reason = format!(
                        "its comments are those of {}, but `{}` has those of {}",
                        tool.name(),
                        first.name,
                        other.name()
                    );
                    return Err(Odd::new(&source.name, reason));
                }
                (Some(tool), _) => found = Some((tool, source)),
                (None, _) => without = without.or(Some(source)),
            }
        }
        match (found, without) {
            (Some((tool, first)), Some(source)) => {
                let reason = format!(
                    "there is no `{}` in it, as there is in `{}`; move it away",
                    tool.comment(),
                    first.name
                );
                Err(Odd::new(&source.name, reason))
            }
            (found, _) => Ok(found.map(|(tool, _)| tool)),
        }
    }

    /// Runs all files of a directory.
    pub(super) fn applied(self, sources: Vec<Source>, dialect: Dialect) -> Result<Applied, Odd> {
        match self {
            Self::Dbmate => dbmate::applied(sources, dialect),
            Self::Goose => goose::applied(sources, dialect),
            Self::SqlMigrate => sql_migrate::applied(sources, dialect),
        }
    }

    /// What runs of one file.
    pub(super) fn forward(self, source: &Source) -> Result<Vec<Script>, Odd> {
        match self {
            Self::Dbmate => dbmate::forward(source),
            Self::Goose => goose::forward(source),
            Self::SqlMigrate => Ok(sql_migrate::forward(source)),
        }
    }

    fn has(self, line: &str) -> bool {
        let sign = match self {
            Self::Dbmate => dbmate::sign(line),
            Self::Goose => goose::sign(line),
            Self::SqlMigrate => sql_migrate::sign(line),
        };
        sign.is_some()
    }

    fn name(self) -> &'static str {
        match self {
            Self::Dbmate => "dbmate",
            Self::Goose => "goose",
            Self::SqlMigrate => "sql-migrate",
        }
    }

    fn comment(self) -> &'static str {
        match self {
            Self::Dbmate => "-- migrate:up",
            Self::Goose => "-- +goose Up",
            Self::SqlMigrate => "-- +migrate Up",
        }
    }
}

fn mark(source: &Source) -> Result<Option<Marked>, Odd> {
    for (number, line) in source.text.lines().enumerate() {
        let line = bare(line);
        if !line.starts_with(['-', '#']) {
            continue;
        }
        let tools = [Marked::Dbmate, Marked::Goose, Marked::SqlMigrate];
        if let Some(tool) = tools.into_iter().find(|tool| tool.has(line)) {
            return Ok(Some(tool));
        }
        if let Some(tool) = foreign::comment(line) {
            return Err(foreign::marked(&source.name, number + 1, tool));
        }
    }
    Ok(None)
}
