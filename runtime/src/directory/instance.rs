//! The directories of instances.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::statfs::{TMPFS_MAGIC, statfs};
use nix::unistd::geteuid;

use super::private::{make_private, of_user};
use super::remove::remove;
use super::session::SessionDir;
use crate::error::Cause;
use crate::launch::Isolation;
use crate::process::User;

/// A tmpfs with less room than this is not used for data.
const ROOM: u64 = 512 << 20;

/// Where a session keeps its files.
pub(crate) struct Directories {
    session: SessionDir,
    /// The directory below which data goes.
    data: PathBuf,
    next: AtomicU32,
}

impl Directories {
    /// For a session whose own directory is there already. Data goes below `chosen`, or a tmpfs, or beside the session.
    pub(crate) fn new(session: SessionDir, chosen: Option<PathBuf>) -> Self {
        let path = session.path();
        let beside = || path.ancestors().nth(2).unwrap_or(path).to_owned();
        let data = chosen.or_else(tmpfs).unwrap_or_else(beside);
        // A supervisor of this session that was killed has left directories, whose names are not given again.
        let made = session.directories().len();
        Self {
            session,
            data,
            next: AtomicU32::new(u32::try_from(made).unwrap_or_default() + 1),
        }
    }

    pub(crate) fn session(&self) -> &SessionDir {
        &self.session
    }

    /// A new empty directory for an instance, owned by the user that it runs as, and the path for its log.
    pub(crate) fn for_instance(
        &self,
        name: &str,
        user: Option<&User>,
    ) -> Result<(InstanceDir, PathBuf), Cause> {
        let uid = user.map_or(geteuid().as_raw(), |user| user.uid);
        let of_user = of_user(&self.data, uid);
        let of_session = of_user.join(self.session.name());
        self.session
            .add_directory(&of_session)
            .map_err(|error| Cause::io("list a directory", error))?;
        let safe = |letter: char| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        };
        let name: String = name.chars().take(24).map(safe).collect();
        let name = format!("{name}-{}", self.next.fetch_add(1, Ordering::Relaxed));
        let dir = of_session.join(&name);
        make_private(&[&of_user, &of_session, &dir], user)?;
        let dir = InstanceDir {
            path: dir,
            user: user.cloned(),
        };
        Ok((dir, self.session.log(&name)))
    }

    /// Lists a process, for whoever must clean up after it in this supervisor's place.
    pub(crate) fn started(&self, pid: u32) {
        self.session.add_process(pid);
    }

    /// Lists how parts are set apart in a server that is not ours, for whoever must remove them in this supervisor's place.
    pub(crate) fn uses(&self, isolation: &Isolation) {
        if *isolation != Isolation::None {
            self.session.add_used(isolation);
        }
    }
}

/// The directory of an instance; it is removed with this.
#[derive(Debug)]
pub(crate) struct InstanceDir {
    path: PathBuf,
    user: Option<User>,
}

impl InstanceDir {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The user to whom it belongs, if that is not this process's.
    pub(crate) fn user(&self) -> Option<&User> {
        self.user.as_ref()
    }
}

impl Drop for InstanceDir {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// A tmpfs that has room. Creating a file there is some ten times as fast as on a disk.
fn tmpfs() -> Option<PathBuf> {
    let path = Path::new("/dev/shm");
    let found = statfs(path).ok()?;
    let room = u64::try_from(found.block_size()).ok()? * found.blocks_available();
    let writable = nix::unistd::access(path, nix::unistd::AccessFlags::W_OK).is_ok();
    (found.filesystem_type() == TMPFS_MAGIC && room >= ROOM && writable).then(|| path.into())
}
