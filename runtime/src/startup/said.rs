//! What programs say about their versions.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use crate::error::Cause;
use crate::lock::lock;

/// A program as it is now, and what it is asked with.
type Question = (PathBuf, Option<SystemTime>, Vec<String>);

/// What programs have said about their versions in a session. Each is asked once, by whatever way its directory is found.
#[derive(Default)]
pub(crate) struct Said(Mutex<BTreeMap<Question, String>>);

impl Said {
    /// What a program says to these arguments; `ask` asks it. Nothing if it cannot be asked.
    pub(super) fn get(
        &self,
        program: &Path,
        args: &[String],
        ask: impl FnOnce() -> Result<String, Cause>,
    ) -> String {
        // Links to one program may stand for different ones, as those to Python do.
        let name = program.file_name().unwrap_or_default();
        let directory = program.parent().and_then(|path| path.canonicalize().ok());
        let path = directory.map_or_else(|| program.into(), |path| path.join(name));
        let changed = path.metadata().and_then(|found| found.modified()).ok();
        let question = (path, changed, args.into());
        let known = lock(&self.0).get(&question).cloned();
        known.unwrap_or_else(|| {
            // Others need not wait meanwhile.
            let said = ask();
            if let Ok(said) = &said {
                lock(&self.0).insert(question, said.clone());
            }
            said.unwrap_or_default()
        })
    }
}
