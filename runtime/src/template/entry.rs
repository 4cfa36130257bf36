//! A template in the cache.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::SystemTime;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::geteuid;

use super::cache::Cache;
use super::layout::{DATA, MANIFEST, lock_of};
use super::lock::MakeLock;
use super::manifest::Manifest;
use super::remove::throw_away;
use super::target::Target;
use super::tree::{CopyError, Copying};
use crate::directory::{Dir, Missing, real_path};
use crate::error::Cause;

/// Which of the templates that have had a place it is: its inode, which a file system gives to the next one too, and when it was made.
pub(super) type Generation = (u64, i64, i64);

/// A template in the cache, which stays as long as this.
pub(super) struct CacheEntry {
    data: Dir,
    manifest: Manifest,
    pub(super) made: Generation,
    _lock: Flock<File>,
}

/// What is in its place.
pub(super) enum Found {
    Nothing,
    Template(Box<CacheEntry>),
    /// Something else.
    Damaged(String),
    /// It cannot be locked.
    Unusable(String),
}

impl Found {
    pub(super) fn look(cache: &Cache, name: &str) -> Self {
        let damaged = |error: io::Error| Self::Damaged(error.to_string());
        let dir = match cache.dir.enter(name) {
            Ok(dir) => dir,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::Nothing,
            Err(error) => return damaged(error),
        };
        let made = match dir.metadata() {
            Ok(found) if found.uid() == geteuid().as_raw() => {
                (found.ino(), found.mtime(), found.mtime_nsec())
            }
            Ok(_) => return Self::Damaged("it belongs to another user".into()),
            Err(error) => return damaged(error),
        };
        let mut file = match dir.read(MANIFEST) {
            Ok(file) => file,
            Err(error) => return Self::Damaged(format!("`{MANIFEST}`: {error}")),
        };
        let mut bytes = Vec::new();
        let read = file.read_to_end(&mut bytes).ok();
        let lock = match Flock::lock(file, FlockArg::LockSharedNonblock) {
            Ok(lock) => lock,
            // It is being thrown away.
            Err((_, Errno::EWOULDBLOCK)) => return Self::Nothing,
            Err((_, errno)) => {
                let path = cache.path.join(name);
                return Self::Unusable(format!("cannot lock `{}`: {errno}", path.display()));
            }
        };
        let Some(manifest) = read.and_then(|_| Manifest::parse(&bytes)) else {
            return Self::Damaged(format!("`{MANIFEST}` is incomplete"));
        };
        let data = match dir.enter(DATA) {
            Ok(data) => data,
            Err(error) => return Self::Damaged(format!("`{DATA}`: {error}")),
        };
        // In a read-only cache, uses are not recorded.
        let _ = lock.set_modified(SystemTime::now());
        Self::Template(Box::new(CacheEntry {
            data,
            manifest,
            made,
            _lock: lock,
        }))
    }
}

impl CacheEntry {
    /// Copies it. An inner `Err` describes how it is damaged; then nothing is left of the copy.
    pub(super) fn copy(&self, target: &Target<'_>) -> Result<Result<(), String>, Cause> {
        let failed = |error: io::Error| {
            let path = real_path(target.path);
            Cause::io(format!("copy prepared data to `{}`", path.display()), error)
        };
        let (above, name) = target.above().map_err(failed)?;
        let copying = Copying {
            manifest: &self.manifest,
            from: &self.data,
            of: Some(geteuid().as_raw()),
            owner: target.owner,
        };
        match copying.run(&above, name) {
            Ok(()) => Ok(Ok(())),
            Err(CopyError::Source(damage)) => {
                above.remove_all(name).map_err(failed)?;
                Ok(Err(damage))
            }
            Err(CopyError::Other(error)) => Err(failed(error)),
        }
    }
}

/// A template that was copied.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Copied {
    pub(super) cache: PathBuf,
    pub(super) name: String,
    pub(super) made: Generation,
}

impl Copied {
    /// Discards it, unless another process has done so. Returns its former path.
    pub(crate) fn throw_away(&self) -> PathBuf {
        let path = self.cache.join(&self.name);
        let cache = Cache::at(&self.cache, Missing::Refuse);
        if let Ok(cache) = cache
            && let Ok(_lock) = MakeLock::now(&cache, &lock_of(&self.name))
            && cache
                .dir
                .stat(&*self.name)
                .is_ok_and(|it| (it.st_ino, it.st_mtime, it.st_mtime_nsec) == self.made)
        {
            // If it stays, the next start meets it again, and is tried again.
            let _ = throw_away(&cache, &self.name);
        }
        path
    }
}
