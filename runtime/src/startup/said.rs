//! What programs say about their versions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::lock::lock;

/// What programs have said about their versions during a start, by program and arguments, so that each is asked once.
#[derive(Default)]
pub(crate) struct Said(Mutex<BTreeMap<(PathBuf, Vec<String>), String>>);

impl Said {
    /// What a program says to these arguments; `ask` asks it.
    pub(super) fn get(
        &self,
        program: &Path,
        args: &[String],
        ask: impl FnOnce() -> String,
    ) -> String {
        let asked = (program.into(), args.into());
        lock(&self.0).entry(asked).or_insert_with(ask).clone()
    }
}
