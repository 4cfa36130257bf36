//! Asking a program for its version.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::time::Duration;

use super::plan::MARK;
use super::start::Start;
use crate::deadline::Deadline;
use crate::error::Cause;
use crate::launch::{Output, Software};
use crate::process::{Kill, Plan};
use crate::ready::{self, Exited, Waiting};

/// How long a program may take to say its version.
const VERSION: Duration = Duration::from_secs(10);

impl Start<'_> {
    /// What the first program of a software says about its version; nothing if it cannot be asked.
    pub(super) fn said_by(&self, program: &Path, software: &Software, until: Deadline) -> String {
        let ask = || self.ask(program, software, until);
        self.said.get(program, &software.version_args, ask)
    }

    fn ask(&self, program: &Path, software: &Software, until: Deadline) -> Result<String, Cause> {
        let (dir, log) = self.directories.for_instance("version", None)?;
        let logs = self.logs.add(log, self.launch.output_limit, &[]);
        let path = self.environment.get_key_value(OsStr::new("PATH"));
        let mut variables = BTreeMap::new();
        variables.extend(path.map(|(name, path)| (name.clone(), path.clone())));
        variables.insert(MARK.into(), self.directories.session().path().into());
        let plan = Plan {
            program: program.into(),
            args: software.version_args.clone(),
            env: variables.into_iter().collect(),
            cwd: dir.path().into(),
            stdin: None,
            stdout: logs.main().open(&Output::Log)?,
            stderr: logs.main().open(&Output::Null)?,
            user: None,
            descriptors: None,
            stop: Kill::NOW,
        };
        let failed = |error| Cause::io(format!("run `{}`", program.display()), error);
        let child = self.spawner.spawn(plan).map_err(failed)?;
        let waiting = Waiting::new(&self.unwanted, until.within(VERSION));
        let ended = ready::wait(&mut Exited(&child), &waiting);
        child.kill(Kill::NOW);
        let said = fs::read_to_string(logs.main().path()).unwrap_or_default();
        logs.remove();
        ended.map_err(|_| failed(io::ErrorKind::TimedOut.into()))?;
        Ok(said)
    }
}
