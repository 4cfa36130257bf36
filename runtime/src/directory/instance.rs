//! The directories of instances.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::statfs::{TMPFS_MAGIC, statfs};
use nix::unistd::geteuid;

use super::plain::{Alias, is_plain};
use super::private::{Kind, TRIES, make};
use super::remove::remove;
use super::session::SessionDir;
use super::trust::name_of_user;
use crate::error::Cause;
use crate::launch::Isolation;
use crate::process::{Maker, User};

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
        let safe = |letter: char| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        };
        let name: String = name.chars().take(24).map(safe).collect();
        let name = format!("{name}-{}", self.next.fetch_add(1, Ordering::Relaxed));
        let user = user.filter(|user| user.uid != geteuid().as_raw());
        // What is above the directory belongs to this user, so that a server cannot exchange its own.
        let kind = user.map_or(Kind::Own, |_| Kind::Servers);
        let failed = |path: &Path| {
            let doing = format!("use the directory `{}`", path.display());
            move |error: io::Error| Cause::io(doing, error)
        };
        let mut tries = 0;
        let (real, dir) = loop {
            let (of_session, above) = self.of_session(&self.data, kind)?;
            let real = of_session.join(&name);
            match above.make_dir(&name, 0o700) {
                // Another session has swept away the directory above, which was empty.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < TRIES => {
                    tries += 1
                }
                made => break (real.clone(), made.map_err(failed(&real))?),
            }
        };
        let mut made = InstanceDir {
            path: real.clone(),
            user: user.cloned(),
            alias: None,
            real,
        };
        if let Some(user) = user {
            dir.give_to(user).map_err(failed(&made.real))?;
            can_reach(user, &made.real)?;
        }
        if !is_plain(&made.real) {
            let alias = Alias::new(&made.real, &name, |root| self.of_session(root, kind))?;
            made.path = alias.path().into();
            made.alias = Some(alias);
        }
        Ok((made, self.session.log(&name)))
    }

    /// The directory of this session below `root`.
    fn of_session(&self, root: &Path, kind: Kind) -> Result<(PathBuf, super::Dir), Cause> {
        // The list comes first: what is listed but was never made does no harm.
        let (of_user, _) = make(root, kind, &[])?;
        self.session
            .add_directory(&of_user.join(self.session.name()))
            .map_err(|error| {
                let session = self.session.path().display();
                Cause::io(format!("write to the directory `{session}`"), error)
            })?;
        make(root, kind, &[self.session.name()])
    }

    /// Records a process, so that another supervisor can clean up after it.
    pub(crate) fn started(&self, process: Option<&Maker>) {
        if let Some(process) = process {
            self.session.add_process(process);
        }
    }

    /// Records the isolation in an external server, so that another supervisor can remove the parts.
    pub(crate) fn uses(&self, isolation: &Isolation) {
        if *isolation != Isolation::None {
            self.session.add_used(isolation);
        }
    }
}

/// The directory of an instance; it is removed with this.
#[derive(Debug)]
pub(crate) struct InstanceDir {
    real: PathBuf,
    path: PathBuf,
    user: Option<User>,
    alias: Option<Alias>,
}

impl InstanceDir {
    /// Its path: one that every server understands.
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
        self.alias = None;
        remove(&self.real);
    }
}

/// Refuses a directory that its user cannot reach because a parent is not accessible.
fn can_reach(user: &User, path: &Path) -> Result<(), Cause> {
    let closed = |path: &Path| {
        let found = user.act(|| std::fs::metadata(path.join(".")));
        found.is_err_and(|error| error.kind() == io::ErrorKind::PermissionDenied)
    };
    if !closed(path) {
        return Ok(());
    }
    let mut above: Vec<_> = path.ancestors().collect();
    above.reverse();
    let first = above.into_iter().find(|part| closed(part));
    let (first, user) = (first.unwrap_or(path).display(), name_of_user(user.uid));
    Err(Cause::io(
        format!("use the directory `{}`", path.display()),
        format!(
            "user {user}, which the server runs as, cannot enter `{first}`; set FIXTURED_DIR to a directory that this user can \
             reach, e.g. below /var/tmp"
        ),
    ))
}

/// A tmpfs that has room. Creating a file there is some ten times as fast as on a disk.
fn tmpfs() -> Option<PathBuf> {
    let path = Path::new("/dev/shm");
    let found = statfs(path).ok()?;
    let room = u64::try_from(found.block_size()).ok()? * found.blocks_available();
    let writable = nix::unistd::access(path, nix::unistd::AccessFlags::W_OK).is_ok();
    (found.filesystem_type() == TMPFS_MAGIC && room >= ROOM && writable).then(|| path.into())
}
