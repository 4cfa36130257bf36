//! Where a definition keeps its option `init`.

use std::marker::PhantomData;
use std::path::Path;
use std::sync::Arc;

use super::file::located;
use super::init::InitSource;
use super::init_data;
use super::slot::Slot;
use crate::daemon::Prepare;
use crate::launch::{self, Files, Launch, Seed, Step};
use crate::migrations;

/// What may be at a path.
pub(super) trait Kind {
    /// What is at this absolute path, which the user wrote in this way, or why it cannot be read.
    fn files(path: &Path, shown: &Path) -> Result<Files, String>;
}

/// A `.sql` file or a directory of migrations.
#[derive(Clone, Debug, Default)]
pub(super) struct Sql;

/// Data of a server.
#[derive(Clone, Debug, Default)]
pub(super) struct Data;

/// A file of a server's data, or of commands.
#[derive(Clone, Debug, Default)]
pub(super) struct DataFile;

impl Kind for Sql {
    fn files(path: &Path, shown: &Path) -> Result<Files, String> {
        migrations::find(path, shown)
    }
}

impl Kind for Data {
    fn files(path: &Path, shown: &Path) -> Result<Files, String> {
        init_data::find(path, shown)
    }
}

impl Kind for DataFile {
    fn files(path: &Path, shown: &Path) -> Result<Files, String> {
        init_data::find_file(path, shown)
    }
}

/// Scripts or code that prepare databases.
pub(super) type SqlInit = InitSlot<Sql>;

/// Data that servers start from, or code that makes it.
pub(super) type DataInit = InitSlot<Data>;

/// The same, where the data is a file, or is made by one.
pub(super) type FileInit = InitSlot<DataFile>;

/// What tests start from. On the command line it is a path.
#[derive(Clone)]
pub(super) struct InitSlot<K> {
    given: Given,
    kind: PhantomData<fn() -> K>,
}

#[derive(Clone)]
enum Given {
    Nothing,
    Files(Files),
    Function(String, Prepare),
    Unreadable(String),
}

impl<K> InitSlot<K> {
    /// The files, if there are any.
    pub(super) fn files(&self) -> Option<&Files> {
        match &self.given {
            Given::Files(files) => Some(files),
            _ => None,
        }
    }

    /// The test code, if there is any.
    pub(super) fn prepare(&self) -> Option<Prepare> {
        match &self.given {
            Given::Function(_, prepare) => Some(Arc::clone(prepare)),
            _ => None,
        }
    }

    /// Why the files cannot be read.
    pub(super) fn problem(&self) -> Option<String> {
        match &self.given {
            Given::Unreadable(reason) => Some(format!("`init`: {reason}")),
            _ => None,
        }
    }

    fn function(&self) -> Option<String> {
        match &self.given {
            Given::Function(name, _) => Some(name.clone()),
            _ => None,
        }
    }
}

impl SqlInit {
    /// The part of it that belongs in a launch.
    pub(super) fn launched(&self) -> launch::Init {
        launch::Init {
            files: self.files().cloned(),
            function: self.function(),
            ..launch::Init::default()
        }
    }
}

impl<K: Kind> InitSlot<K> {
    /// Returns whether there is anything to start from.
    pub(super) fn is_given(&self) -> bool {
        !matches!(self.given, Given::Nothing)
    }

    /// The launch of servers that start from it, as this seed says.
    pub(super) fn seeds(&self, launch: Launch, seed: Seed) -> Launch {
        let mut launch = launch.invalid(self.problem());
        if matches!(self.given, Given::Nothing | Given::Unreadable(_)) {
            return launch;
        }
        // A seed that loads the files does not copy them.
        let copied = seed.load.is_empty().then(|| self.files().cloned());
        // Its servers lose nothing when they are stopped to be started again.
        for process in &mut launch.processes {
            let signal = &mut process.stop.shutdown_signal;
            signal.get_or_insert_with(|| "SIGTERM".into());
        }
        // Most servers do not make it themselves.
        let launch = launch.prepare(Step::Directory(seed.data.clone()));
        launch.seed(Seed {
            files: copied.flatten(),
            function: self.function(),
            ..seed
        })
    }
}

impl<K> Default for InitSlot<K> {
    fn default() -> Self {
        Self {
            given: Given::Nothing,
            kind: PhantomData,
        }
    }
}

impl<K> std::fmt::Debug for InitSlot<K> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.given {
            Given::Nothing => f.write_str("nothing"),
            Given::Files(files) => files.fmt(f),
            Given::Function(name, _) => name.fmt(f),
            Given::Unreadable(reason) => reason.fmt(f),
        }
    }
}

impl<K: Kind> Slot for InitSlot<K> {
    type Value = InitSource;
    const SHOWN: Option<&'static str> = Some("PATH");

    fn put(&mut self, value: impl Into<InitSource>) {
        self.given = match value.into() {
            InitSource::Function(name, prepare) => Given::Function(name, prepare),
            InitSource::Path(path) => match K::files(&located(&path), &path) {
                Ok(files) => Given::Files(files),
                Err(reason) => Given::Unreadable(reason),
            },
        };
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        self.given = Given::Files(K::files(&located(text), Path::new(text))?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::init::{Function, Init};
    use super::*;

    #[test]
    fn an_unreadable_file_is_a_problem() {
        let nowhere = || Init::<super::super::init::Files>::source("nowhere.sql");
        let (mut sql, mut data) = (SqlInit::default(), DataInit::default());
        sql.put(nowhere());
        data.put(nowhere());
        for problem in [sql.problem(), data.problem()] {
            let problem = problem.unwrap();
            assert!(problem.starts_with("`init`: cannot read `"), "{problem}");
        }
    }

    #[test]
    fn a_function_is_named_and_called() {
        fn fails(url: &str) -> Result<(), String> {
            Err(format!("no {url}"))
        }
        let mut slot = SqlInit::default();
        slot.put(Init::<Function>::source(fails));
        let name = slot.launched().function.unwrap();
        let prepare = slot.prepare().unwrap();
        assert!(
            name.contains("tests::a_function_is_named_and_called::fails of /"),
            "{name}"
        );
        assert_eq!(prepare("x"), Err("no x".into()));
    }
}
