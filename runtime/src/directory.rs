//! Private directories.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use nix::sys::statfs::{TMPFS_MAGIC, statfs};
use nix::unistd::{Gid, Uid, chown, geteuid};

use crate::error::Cause;
use crate::launch::Isolation;
use crate::process::User;

/// A tmpfs with less room than this is not used for data.
const ROOM: u64 = 512 << 20;

/// The list of data directories that a session has made, for whoever must remove them in its place.
const LIST: &str = "directories";

/// The list of processes that a session has started.
const PROCESSES: &str = "processes";

/// The list of servers that a session has used and that are not its own.
const EXISTING: &str = "existing";

/// How a session has set parts apart in servers that are not its own.
pub(crate) fn used(session: &Path) -> Vec<Isolation> {
    let listed = fs::read_to_string(session.join(EXISTING)).unwrap_or_default();
    listed
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// The processes that a session has started, which may be gone.
pub(crate) fn processes(session: &Path) -> Vec<u32> {
    let listed = fs::read_to_string(session.join(PROCESSES)).unwrap_or_default();
    listed
        .lines()
        .filter_map(|line| line.parse().ok())
        .collect()
}

/// Makes directories that only `owner` can enter, each inside the one before, or finds them. Anything else in their place is an error:
/// another user may have put it there.
pub(crate) fn make_private(paths: &[&Path], owner: Option<&User>) -> Result<(), Cause> {
    let mut tries = 0;
    'again: loop {
        for path in paths {
            match make_one(path, owner) {
                Ok(()) => {}
                // Another session has just removed the directory above, which was empty.
                Err(error) if error.kind() == io::ErrorKind::NotFound && tries < 100 => {
                    tries += 1;
                    continue 'again;
                }
                Err(error) => {
                    return Err(Cause::io(
                        format!("use the directory `{}`", path.display()),
                        error,
                    ));
                }
            }
        }
        return Ok(());
    }
}

fn make_one(path: &Path, owner: Option<&User>) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(path) {
        Ok(()) => {
            if let Some(User { uid, gid, .. }) = owner {
                chown(path, Some(Uid::from_raw(*uid)), Some(Gid::from_raw(*gid)))?;
            }
            return Ok(());
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let found = fs::symlink_metadata(path)?;
    let uid = owner.map_or(geteuid().as_raw(), |user| user.uid);
    // As root, it may be one that another process has made and not handed over yet.
    let ours = found.uid() == uid || geteuid().is_root() && found.uid() == 0;
    match found.is_dir() && ours && found.mode() & 0o077 == 0 {
        true => Ok(()),
        false => Err(io::Error::other(
            "it belongs to somebody else, or others can read it; remove it, or set FIXTURED_DIR",
        )),
    }
}

/// The directory in which all sessions of this user have theirs.
pub(crate) fn of_user(root: &Path, uid: u32) -> PathBuf {
    root.join(format!("fixtured-{uid}"))
}

/// Where a session keeps its files.
pub(crate) struct Directories {
    /// The session's own directory, with its socket and the logs.
    session: PathBuf,
    /// The directory below which data goes.
    data: PathBuf,
    next: AtomicU32,
    list: Mutex<File>,
}

impl Directories {
    /// For a session whose own directory is there already. Data goes below `chosen`, or a tmpfs, or beside the session.
    pub(crate) fn new(session: &Path, chosen: Option<PathBuf>) -> Result<Self, Cause> {
        let beside = || session.ancestors().nth(2).unwrap_or(session).to_owned();
        let data = chosen.or_else(tmpfs).unwrap_or_else(beside);
        let path = session.join(LIST);
        // A supervisor of this session that was killed has left directories, whose names are not given again.
        let made = fs::read_to_string(&path)
            .unwrap_or_default()
            .lines()
            .count();
        let list = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path);
        let list =
            list.map_err(|error| Cause::io(format!("create `{}`", path.display()), error))?;
        Ok(Self {
            session: session.into(),
            data,
            next: AtomicU32::new(u32::try_from(made).unwrap_or_default() + 1),
            list: Mutex::new(list),
        })
    }

    pub(crate) fn session(&self) -> &Path {
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
        let of_session = of_user.join(self.session.file_name().unwrap_or_default());
        // The list comes first: what is listed but was never made does no harm.
        self.remember(&of_session)?;
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
        Ok((InstanceDir(dir), self.session.join(format!("{name}.log"))))
    }

    /// Lists a process, for whoever must clean up after it in this supervisor's place.
    pub(crate) fn started(&self, pid: u32) {
        self.append(PROCESSES, &pid.to_string());
    }

    /// Lists how parts are set apart in a server that is not ours, for whoever must remove them in this supervisor's place.
    pub(crate) fn uses(&self, isolation: &Isolation) {
        if *isolation != Isolation::None {
            self.append(
                EXISTING,
                &serde_json::to_string(isolation).unwrap_or_default(),
            );
        }
    }

    fn append(&self, list: &str, line: &str) {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(self.session.join(list));
        // Without the list, what it is for stays where it is.
        let _ = file.and_then(|mut file| writeln!(file, "{line}"));
    }

    fn remember(&self, path: &Path) -> Result<(), Cause> {
        let mut list = self
            .list
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        writeln!(list, "{}", path.display()).map_err(|error| Cause::io("list a directory", error))
    }

    /// Removes everything.
    pub(crate) fn remove(&self) {
        remove_session(&self.session);
    }
}

/// Removes the directory of a session and all that it has listed.
pub(crate) fn remove_session(session: &Path) {
    let listed = fs::read_to_string(session.join(LIST)).unwrap_or_default();
    for path in listed.lines().map(Path::new) {
        // Only what has the session's own name, below a directory of ours, can have been listed.
        // Data that is kept in the session's own directory goes with it.
        if path.is_absolute() && path.file_name() == session.file_name() && path != session {
            remove(path);
            remove_if_empty(path.parent());
        }
    }
    // The locks in it must hold until everything else is gone, and must be gone at once: a client may be waiting to start this
    // session again.
    let mut name = session.file_name().unwrap_or_default().to_owned();
    name.push(format!("-removed-by-{}", std::process::id()));
    let removed = session.with_file_name(name);
    match fs::rename(session, &removed) {
        Ok(()) => remove(&removed),
        Err(_) => remove(session),
    }
    remove_if_empty(session.parent());
}

/// Removes the directory of a user in which no session is left.
fn remove_if_empty(path: Option<&Path>) {
    if let Some(path) = path {
        let _ = fs::remove_dir(path);
    }
}

/// Removes a directory to which somebody may still be writing.
fn remove(path: &Path) {
    for _ in 0..1000 {
        match fs::remove_dir_all(path) {
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => {}
            _ => return,
        }
    }
}

/// The directory of an instance; it is removed with this.
#[derive(Debug)]
pub(crate) struct InstanceDir(PathBuf);

impl InstanceDir {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for InstanceDir {
    fn drop(&mut self) {
        remove(&self.0);
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

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn only_a_directory_of_ones_own_is_used() {
        let root = std::env::temp_dir().join(format!("fixtured-directory-{}", std::process::id()));
        make_private(&[&root, &root.join("a")], None).unwrap();
        make_private(&[&root, &root.join("a")], None).unwrap();
        fs::set_permissions(&root, fs::Permissions::from_mode(0o755)).unwrap();
        assert!(make_private(&[&root], None).is_err());
        let link = root.join("link");
        symlink("/root", &link).unwrap();
        assert!(make_private(&[&link], None).is_err());
        fs::remove_dir_all(&root).unwrap();
    }
}
