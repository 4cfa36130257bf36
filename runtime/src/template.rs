//! Directories that a server makes once and that are copied from then on.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::os::fd::BorrowedFd;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use nix::fcntl::{Flock, FlockArg};
use nix::unistd::{Gid, Uid, fchown};

use crate::deadline::Deadline;
use crate::error::Cause;
use crate::launch::Step;
use crate::process::User;

/// How many threads copy: creating files is bound by the kernel's work for each, not by the disk.
const COPIERS: usize = 4;

/// A place in the user's cache for one directory.
pub(crate) struct Template {
    path: PathBuf,
}

impl Template {
    /// The place for what these steps make with these programs: another version of a program has another place.
    pub(crate) fn new(
        name: &str,
        programs: &[PathBuf],
        steps: &[Step],
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, Cause> {
        // The hash may change with the version of Rust; then the directory is made once more.
        let mut hash = DefaultHasher::new();
        steps.hash(&mut hash);
        for program in programs {
            let failed = |error| Cause::io(format!("read `{}`", program.display()), error);
            let file = fs::canonicalize(program).map_err(failed)?;
            let found = fs::metadata(&file).map_err(failed)?;
            (file, found.len(), found.mtime(), found.mtime_nsec()).hash(&mut hash);
        }
        let name = format!("{name}-{:016x}", hash.finish());
        Ok(Self {
            path: cache(environment).join(name),
        })
    }

    /// Copies the directory to `into`, having made it first if it is not in the cache. Sessions that need it at the same time
    /// wait for the one that makes it, until the deadline or until one of the descriptors is closed by the other side.
    pub(crate) fn copy(
        &self,
        into: &Path,
        owner: Option<&User>,
        _waiting: (Deadline, &[BorrowedFd<'_>]),
        make: impl FnOnce(&Path) -> Result<(), Cause>,
    ) -> Result<(), Cause> {
        let failed = |doing: &str, path: &Path| {
            let doing = format!("{doing} `{}`", path.display());
            move |error: io::Error| Cause::io(doing, error)
        };
        if !self.path.exists() {
            let cache = self.path.parent().unwrap_or(Path::new("/"));
            fs::create_dir_all(cache).map_err(failed("create", cache))?;
            let lock_path = self.path.with_extension("lock");
            let lock = File::create(&lock_path).map_err(failed("create", &lock_path))?;
            let _lock = Flock::lock(lock, FlockArg::LockExclusive)
                .map_err(|(_, errno)| failed("lock", &lock_path)(errno.into()))?;
            if !self.path.exists() {
                make(into)?;
                return self
                    .keep(into)
                    .map_err(failed("fill the cache at", &self.path));
            }
        }
        copy_tree(&self.path, into, owner).map_err(failed("copy the prepared data to", into))
    }

    /// Puts a copy of what was made into the cache, where it appears as a whole. Only who holds the lock does this.
    fn keep(&self, made: &Path) -> io::Result<()> {
        let partial = self.path.with_extension("partial");
        // What somebody who was killed may have left.
        let _ = fs::remove_dir_all(&partial);
        let kept = copy_tree(made, &partial, None).and_then(|()| fs::rename(&partial, &self.path));
        if kept.is_err() {
            let _ = fs::remove_dir_all(&partial);
        }
        kept
    }
}

/// The user's cache directory.
fn cache(environment: &BTreeMap<String, String>) -> PathBuf {
    let variable = |name: &str| {
        environment
            .get(name)
            .filter(|value| value.starts_with('/'))
            .map(PathBuf::from)
    };
    let cache = variable("XDG_CACHE_HOME").or_else(|| Some(variable("HOME")?.join(".cache")));
    cache.unwrap_or_else(std::env::temp_dir).join("fixtured")
}

/// Copies a directory of plain files and directories, with their permissions.
fn copy_tree(from: &Path, to: &Path, owner: Option<&User>) -> io::Result<()> {
    let mut files = Vec::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        let target = to.join(&directory);
        fs::create_dir(&target)?;
        let permissions = fs::metadata(from.join(&directory))?.permissions();
        fs::set_permissions(&target, permissions)?;
        hand_over(&File::open(&target)?, owner)?;
        for entry in fs::read_dir(from.join(&directory))? {
            let entry = entry?;
            let path = directory.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                directories.push(path)
            } else {
                files.push(path)
            }
        }
    }
    let next = AtomicUsize::new(0);
    let copy_some = || {
        let mut buffer = Vec::new();
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            copy_file(&from.join(path), &to.join(path), owner, &mut buffer)?;
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let copiers: Vec<_> = (1..COPIERS).map(|_| scope.spawn(copy_some)).collect();
        let mut result = copy_some();
        for copier in copiers {
            result = result.and(
                copier
                    .join()
                    .unwrap_or_else(|_| Err(io::Error::other("a thread that copies died"))),
            );
        }
        result
    })
}

fn copy_file(from: &Path, to: &Path, owner: Option<&User>, buffer: &mut Vec<u8>) -> io::Result<()> {
    use std::io::{Read, Write};
    use std::os::unix::fs::OpenOptionsExt;
    let mut source = File::open(from)?;
    let mode = source.metadata()?.permissions().mode();
    let mut target = File::options()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(to)?;
    buffer.clear();
    source.read_to_end(buffer)?;
    target.write_all(buffer)?;
    hand_over(&target, owner)
}

fn hand_over(file: &File, owner: Option<&User>) -> io::Result<()> {
    match owner {
        Some(User { uid, gid, .. }) => Ok(fchown(
            file,
            Some(Uid::from_raw(*uid)),
            Some(Gid::from_raw(*gid)),
        )?),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn it_is_made_once_and_copied_whole() {
        let root = std::env::temp_dir().join(format!("fixtured-template-{}", std::process::id()));
        let environment = BTreeMap::from([("XDG_CACHE_HOME".into(), root.display().to_string())]);
        let template = Template::new("x", &["/bin/sh".into()], &[], &environment).unwrap();
        let mut made = 0;
        for copy in ["a", "b"] {
            let into = root.join(copy);
            fs::create_dir_all(&root).unwrap();
            let make = |path: &Path| {
                made += 1;
                fs::create_dir_all(path.join("base/empty")).unwrap();
                fs::write(path.join("base/file"), "text").unwrap();
                fs::set_permissions(path.join("base/file"), fs::Permissions::from_mode(0o640))
                    .unwrap();
                Ok(())
            };
            template
                .copy(&into, None, (Deadline::NONE, &[]), make)
                .unwrap();
            assert_eq!(fs::read_to_string(into.join("base/file")).unwrap(), "text");
            assert_eq!(
                fs::metadata(into.join("base/file"))
                    .unwrap()
                    .permissions()
                    .mode()
                    & 0o777,
                0o640
            );
            assert!(into.join("base/empty").is_dir());
        }
        assert_eq!(made, 1);
        fs::remove_dir_all(&root).unwrap();
    }
}
