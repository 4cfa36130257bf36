//! Ready when a file says so.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use regex::bytes::{Regex, RegexBuilder};

use super::path_watch::watch_directory;
use super::{Check, Probe};
use crate::deadline::Deadline;
use crate::directory;
use crate::error::Invalid;
use crate::instance::Stream;
use crate::process::{Holder, Interest, Watch};

/// How much of the file is looked at.
const LONGEST: u64 = 64 << 10;

/// Ready when a line of a file matches.
pub(crate) struct FileMatches {
    path: PathBuf,
    wanted: String,
    line: Option<Regex>,
    /// On the directory; without it (no such directory yet), the file is looked at at short intervals.
    watch: Option<Watch>,
}

impl FileMatches {
    pub(crate) fn new(path: PathBuf, wanted: String) -> Self {
        Self {
            path,
            wanted,
            line: None,
            watch: None,
        }
    }

    /// Links of other users are not followed and pipes are not waited for: the owner of the directory could create them.
    fn read(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let file = directory::read(&self.path)?;
        file.take(LONGEST).read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl Probe for FileMatches {
    fn begin(&mut self, _: &[Stream]) -> Result<(), String> {
        let wrong = |error: regex::Error| {
            let (pattern, error) = (&*self.wanted, &error);
            String::from(Invalid::Regex { pattern, error })
        };
        let mut line = RegexBuilder::new(&self.wanted);
        let line = line.multi_line(true).unicode(false).build();
        self.line = Some(line.map_err(wrong)?);
        Ok(())
    }

    fn check(&mut self, _: Deadline) -> Check {
        match &self.watch {
            Some(watch) => watch.clear(),
            None => self.watch = watch_directory(&self.path),
        }
        let path = self.path.display();
        match self.read() {
            Ok(bytes) if self.line.as_ref().is_some_and(|it| it.is_match(&bytes)) => Check::Ready,
            Ok(_) => Check::NotYet(format!("{path}: no line matched `{}`", self.wanted)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Check::NotYet(format!("{path}: no such file"))
            }
            Err(error) => Check::NotYet(format!("{path}: {error}")),
        }
    }

    fn wakes(&self) -> Vec<Interest<'_>> {
        let changes = self.watch.as_ref().and_then(Watch::changes);
        changes.map(Interest::readable).into_iter().collect()
    }

    fn holds_before(&mut self, until: Deadline) -> Option<(String, Option<Holder>)> {
        directory::stat(&self.path).ok()?;
        let held = self.begin(&[]).is_ok() && self.check(until) == Check::Ready;
        held.then(|| (format!("{} existed", self.path.display()), None))
    }

    fn leaves(&self) -> Option<&Path> {
        Some(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_line_is_looked_for_and_a_link_of_others_is_not_followed() {
        let dir = std::env::temp_dir().join(format!("fixtured-says-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let path = dir.join("status");
        let mut says = FileMatches::new(path.clone(), "^ready *$".into());
        assert!(says.holds_before(Deadline::NONE).is_none());
        says.begin(&[]).unwrap();
        fs::write(&path, "42\nnot ready\n").unwrap();
        assert!(matches!(says.check(Deadline::NONE), Check::NotYet(_)));
        fs::write(&path, "42\nready  \n").unwrap();
        assert_eq!(says.check(Deadline::NONE), Check::Ready);
        fs::rename(&path, dir.join("other")).unwrap();
        std::os::unix::fs::symlink(dir.join("other"), &path).unwrap();
        assert_eq!(says.check(Deadline::NONE), Check::Ready);
        if nix::unistd::geteuid().is_root() {
            std::os::unix::fs::lchown(&path, Some(65_534), None).unwrap();
            assert!(matches!(says.check(Deadline::NONE), Check::NotYet(_)));
            assert!(says.holds_before(Deadline::NONE).is_none());
        }
        fs::remove_dir_all(&dir).unwrap();
    }
}
