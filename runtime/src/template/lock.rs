//! The lock for building a template.

use std::fmt::{self, Display, Formatter};
use std::fs::{self, File};
use std::os::fd::BorrowedFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::time::Duration;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::stat::{major, minor};

use super::cache::Cache;
use crate::deadline::Deadline;
use crate::process::{Holder, Identity};
use crate::ready::{self, Check, Custom, NotReady, Waiting};

/// How long to wait for another process, which may be stopped, at most. Half of the remaining time is for building it in place.
const PATIENCE: Duration = Duration::from_secs(60);

/// A lock that another process holds.
#[derive(Debug)]
pub(super) struct Held {
    path: PathBuf,
    device: u64,
    inode: u64,
}

/// The right to build one template and to discard it. Others that need it wait meanwhile.
#[derive(Debug)]
pub(super) struct MakeLock(#[expect(dead_code, reason = "held until dropped")] Flock<File>);

/// Why there is no lock.
#[derive(Debug)]
pub(super) enum LockError {
    /// Somebody else has it.
    Held(Held),
    /// There can be none here.
    Impossible(String),
    /// Nobody wants the daemon any more.
    Unwanted,
}

impl MakeLock {
    /// Locks the template of this name, unless another process has locked it.
    pub(super) fn now(cache: &Cache, name: &str) -> Result<Self, LockError> {
        let path = cache.path.join(name);
        let impossible = |error: &dyn Display| {
            LockError::Impossible(format!("cannot lock `{}`: {error}", path.display()))
        };
        loop {
            let file = cache.dir.append(name, 0o600);
            let file = file.map_err(|error| impossible(&error))?;
            let found = file.metadata().map_err(|error| impossible(&error))?;
            match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
                // A cleanup may have removed the file; a lock on a removed file locks nothing.
                Ok(lock)
                    if cache
                        .dir
                        .stat(name)
                        .is_ok_and(|it| it.st_ino == found.ino()) =>
                {
                    return Ok(Self(lock));
                }
                Ok(_) => {}
                Err((_, Errno::EWOULDBLOCK)) => {
                    let (device, inode) = (found.dev(), found.ino());
                    return Err(LockError::Held(Held {
                        path,
                        device,
                        inode,
                    }));
                }
                // NFS without a lock service, for one.
                Err((_, errno)) => return Err(impossible(&errno)),
            }
        }
    }

    /// The same, but waits for another process that holds the lock, for a part of the time until the deadline.
    pub(super) fn wait(
        cache: &Cache,
        name: &str,
        until: Deadline,
        unwanted: &[BorrowedFd<'_>],
    ) -> Result<Self, LockError> {
        let half = until.left().map_or(PATIENCE, |left| left / 2);
        let (mut taken, mut held) = (None, None);
        let mut look = || match Self::now(cache, name) {
            Ok(lock) => {
                taken = Some(lock);
                Check::Ready
            }
            Err(LockError::Held(by)) => {
                held = Some(by);
                Check::NotYet(String::new())
            }
            Err(LockError::Impossible(why)) => Check::Failed(why),
            Err(LockError::Unwanted) => Check::Failed(String::new()),
        };
        let until = Deadline::after(half.min(PATIENCE));
        let waiting = Waiting::new(unwanted, until);
        let waited = ready::wait(&mut Custom(&mut look), &waiting);
        match (waited, taken, held) {
            (_, Some(lock), _) => Ok(lock),
            (Err(NotReady::Deadline(_)), _, Some(held)) => Err(LockError::Held(held)),
            (Err(NotReady::Failed(why)), ..) => Err(LockError::Impossible(why)),
            _ => Err(LockError::Unwanted),
        }
    }
}

/// The lock and its holder, if the system shows it (proc_locks(5)).
impl Display for Held {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            path,
            device,
            inode,
        } = self;
        let file = format!("{:02x}:{:02x}:{inode}", major(*device), minor(*device));
        write!(f, "the lock `{}`", path.display())?;
        let locks = fs::read_to_string("/proc/locks").unwrap_or_default();
        let pid = locks.lines().find_map(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            // Waiting processes have an arrow before the kind, which shifts the columns.
            match *words {
                [_, "FLOCK", _, _, pid, place, ..] if place == file => pid.parse().ok(),
                _ => None,
            }
        });
        match pid.and_then(Identity::of) {
            Some(holder) => write!(f, ", which {} holds", Holder::Process(holder.pid)),
            None => Ok(()),
        }
    }
}
