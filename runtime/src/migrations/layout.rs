//! Which files of a directory are read, and what of them is run.

use std::path::{Path, PathBuf};

use super::applied::Applied;
use super::dialect::Dialect;
use super::names::Names;
use super::odd::Odd;
use super::problem::Problem;
use super::root::Root;
use super::script::Script;
use super::source::Source;
use super::versioned::{Namer, namer};
use super::{code, diesel, drizzle, flyway, loose, prisma, refinery};

/// What is read at a path. It is made from the names of the files alone.
#[derive(Debug)]
pub(super) struct Plan {
    layout: Layout,
    /// All files that are read, below the directory; an empty path if the user named a file.
    pub(super) files: Vec<PathBuf>,
}

/// Whose files they are, as far as their names tell.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Layout {
    File,
    Diesel,
    Drizzle,
    DrizzleDirectories,
    Flyway,
    Loose,
    Prisma,
    Refinery,
}

impl Plan {
    /// What is to be read of a file or a directory.
    pub(super) fn of(root: &Root) -> Result<Self, Problem> {
        let (layout, files) = match root.path.is_dir() {
            true => recognised(root)?,
            false => (Layout::File, vec![String::new()]),
        };
        let files = files.into_iter().map(PathBuf::from).collect();
        Ok(Self { layout, files })
    }

    /// What is to be run, once the files are read.
    pub(super) fn scripts(
        &self,
        root: &Root,
        sources: Vec<Source>,
        dialect: Dialect,
    ) -> Result<Vec<Script>, Problem> {
        let applied = self.applied(sources, dialect);
        let Applied { scripts, record } = applied.map_err(|odd| odd.below(root))?;
        Ok(match record {
            Some(record) => record.around(&root.shown(Path::new("")), scripts),
            None => scripts,
        })
    }

    fn applied(&self, sources: Vec<Source>, dialect: Dialect) -> Result<Applied, Odd> {
        match self.layout {
            Layout::File => loose::named(sources),
            Layout::Diesel => diesel::applied(sources, dialect),
            Layout::Drizzle => drizzle::applied(sources, dialect),
            Layout::DrizzleDirectories => drizzle::applied_directories(sources),
            Layout::Flyway => flyway::applied(sources, dialect),
            Layout::Loose => loose::applied(sources, dialect),
            Layout::Prisma => prisma::applied(sources, dialect),
            Layout::Refinery => refinery::applied(sources, dialect),
        }
    }
}

fn recognised(root: &Root) -> Result<(Layout, Vec<String>), Problem> {
    let names = Names::of(root)?;
    // refinery and Flyway search directories whole.
    let names = match namer(&names) {
        Some(_) => Names::all_of(root)?,
        None => names,
    };
    of(&names).map_err(|odd| odd.below(root))
}

fn of(names: &Names) -> Result<(Layout, Vec<String>), Odd> {
    if let Some(files) = drizzle::files(names) {
        return Ok((Layout::Drizzle, files));
    }
    if let Some(odd) = code::by_name(names) {
        return Err(odd);
    }
    if let Some(files) = drizzle::directories(names) {
        return Ok((Layout::DrizzleDirectories, files));
    }
    if let Some(files) = prisma::files(names) {
        return Ok((Layout::Prisma, files?));
    }
    if let Some(files) = diesel::files(names) {
        return Ok((Layout::Diesel, files?));
    }
    match namer(names) {
        Some(Ok(Namer::Flyway)) => Ok((Layout::Flyway, flyway::files(names)?)),
        Some(Ok(Namer::Refinery)) => Ok((Layout::Refinery, refinery::files(names)?)),
        Some(Err(odd)) => Err(odd),
        None => Ok((Layout::Loose, loose::files(names)?)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: Names, wanted: Layout) {
        assert_eq!(
            of(&names).map(|(layout, _)| layout),
            Ok(wanted),
            "{names:?}"
        );
    }

    #[test]
    fn names_tell_whose_files_they_are() {
        check(Names::from(["b.sql", "a.sql", "notes.txt"]), Layout::Loose);
        check(
            Names::from(["1_a.up.sql", "1_a.down.sql", "2_b.up.sql"]),
            Layout::Loose,
        );
        check(Names::from(["V1__a.sql", "U2__b.sql"]), Layout::Refinery);
        check(Names::from(["V1__a.sql", "U1__a.sql"]), Layout::Flyway);
        check(Names::from(["1_a/up.sql", "1_a/down.sql"]), Layout::Diesel);
        check(
            Names::from(["0_init/migration.sql", "migration_lock.toml"]),
            Layout::Prisma,
        );
        check(
            Names::from(["0000_a.sql", "meta/_journal.json", "schema.ts"]),
            Layout::Drizzle,
        );
        check(
            Names::from(["1_a/migration.sql", "1_a/snapshot.json"]),
            Layout::DrizzleDirectories,
        );
    }
}
