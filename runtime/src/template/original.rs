//! A directory that others are copied from as long as a session lasts.

use std::io;
use std::path::Path;

use nix::unistd::geteuid;

use super::manifest::Manifest;
use super::target::Target;
use super::tree::{CopyError, Copying};
use crate::directory::{Dir, InstanceDir, open_regular};
use crate::error::Cause;
use crate::process::{User, act_as};

/// The name of the copy in its own directory.
const DATA: &str = "data";

/// Data that servers of a session start from. It is a copy itself, which no server can change.
#[derive(Debug)]
pub(crate) struct Original {
    data: Dir,
    manifest: Manifest,
    _kept: InstanceDir,
}

impl Original {
    /// A copy of what a server has left in this directory, kept in another one. Sockets are left out; links are refused.
    pub(crate) fn of_server(
        path: &Path,
        user: Option<&User>,
        kept: InstanceDir,
    ) -> io::Result<Self> {
        let owner = user.map_or(geteuid().as_raw(), |user| user.uid);
        let from = act_as(user, || Dir::open(path))?;
        Self::of(&from, Some(owner), kept)
    }

    /// A copy of a directory of the user's, whoever owns it.
    pub(crate) fn of_directory(path: &Path, kept: InstanceDir) -> io::Result<Self> {
        Self::of(&Dir::open(path)?, None, kept)
    }

    /// A directory with a copy of one file of the user's, which has this name there.
    pub(crate) fn of_file(path: &Path, name: &str, kept: InstanceDir) -> io::Result<Self> {
        let mut file = open_regular(path)?;
        let data = Dir::open(kept.path())?.make_dir(DATA, 0o700)?;
        io::copy(&mut file, &mut data.create(name, 0o600)?)?;
        Self::kept(data, kept)
    }

    fn of(from: &Dir, owner: Option<u32>, kept: InstanceDir) -> io::Result<Self> {
        let above = Dir::open(kept.path())?;
        let manifest = Manifest::without_sockets(from)?;
        let copying = Copying {
            manifest: &manifest,
            from,
            of: owner,
            owner: None,
        };
        copying.run(&above, DATA.as_ref()).map_err(in_words)?;
        Self::kept(above.enter(DATA)?, kept)
    }

    fn kept(data: Dir, kept: InstanceDir) -> io::Result<Self> {
        Ok(Self {
            manifest: Manifest::of(&data)?,
            data,
            _kept: kept,
        })
    }

    /// Copies it, in the place of what is there.
    pub(crate) fn copy(&self, target: &Target<'_>) -> Result<(), Cause> {
        let copying = Copying {
            manifest: &self.manifest,
            from: &self.data,
            of: Some(geteuid().as_raw()),
            owner: target.owner,
        };
        let copied = target.above().and_then(|(above, name)| {
            match above.remove_all(name) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
            let copied = copying.run(&above, name);
            copied.map_err(in_words)
        });
        copied.map_err(|error| {
            let path = target.path.display();
            Cause::io(format!("copy prepared data to `{path}`"), error)
        })
    }
}

fn in_words(error: CopyError) -> io::Error {
    match error {
        CopyError::Other(error) => error,
        CopyError::Source(what) => io::Error::other(what),
    }
}
