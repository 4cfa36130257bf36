//! What a daemon starts from: copying it, and making it in a first server.

use std::path::{Path, PathBuf};

use super::attempt::Attempt;
use super::running::Running;
use super::start::Start;
use crate::deadline::Deadline;
use crate::error::Cause;
use crate::hold::How;
use crate::launch::{Files, Seed, Step};
use crate::template::{Original, Target};

impl Attempt<'_> {
    /// Copies the data that the daemon starts from, if there is any, in the place of what has been prepared.
    pub(super) fn copy_data(&self) -> Result<(), Cause> {
        let start = self.start;
        let (Some(seed), Some(original)) = (&start.launch.seed, &start.original) else {
            return Ok(());
        };
        let path = PathBuf::from(self.place().fill(&seed.data));
        original.copy(&Target {
            path: &path,
            owner: self.running.user_of(&path),
            until: self.until,
            unwanted: self.unwanted(),
        })
    }
}

impl Start<'_> {
    /// Keeps a copy of files of the user's for servers to start from.
    pub(crate) fn keep_files(&self, files: &Files, seed: &Seed) -> Result<Original, Cause> {
        let path = Path::new(&files.path);
        let failed = |error| Cause::io(format!("read `{}`", files.path), error);
        let (kept, _) = self.directories.for_instance("data", None)?;
        let original = match path.is_dir() {
            true => Original::of_directory(path, kept),
            false => {
                let name = path.file_name().and_then(|name| name.to_str());
                let name = seed.file_name.as_deref().or(name).unwrap_or_default();
                Original::of_file(path, name, kept)
            }
        };
        original.map_err(failed)
    }

    /// Fills a first server as far as that takes no test code.
    pub(crate) fn fill(&self, running: &Running, seed: &Seed) -> Result<(), Cause> {
        self.carry_out(running, &seed.load)
    }

    /// Has a first server that has been filled write what it holds.
    pub(crate) fn save(&self, running: &Running, seed: &Seed) -> Result<(), Cause> {
        self.carry_out(running, &seed.save)
    }

    /// Stops a first server that has saved what it holds, and keeps a copy of its data.
    pub(crate) fn harvest(&self, running: &Running, seed: &Seed) -> Result<Original, Cause> {
        let how = How {
            // Large data takes long to write.
            grace: Some(self.launch.timeout),
            ..How::default()
        };
        running.shut_down(None, &how, None)?;
        let path = PathBuf::from(running.place.fill(&seed.data));
        let (kept, _) = self.directories.for_instance("data", None)?;
        let original = Original::of_server(&path, running.user_of(&path), kept);
        let failed = |error| Cause::io(format!("keep the data in `{}`", path.display()), error);
        original.map_err(failed)
    }

    /// Carries out steps in a daemon that runs.
    fn carry_out(&self, running: &Running, steps: &[Step]) -> Result<(), Cause> {
        let until = Deadline::after(self.launch.timeout);
        let attempt = Attempt {
            start: self,
            programs: &self.programs(until)?,
            running,
            until,
            first: false,
        };
        attempt.carry_out_all(steps, running.logs.main().process())
    }
}
