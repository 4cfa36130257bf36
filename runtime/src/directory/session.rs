//! The directory of one session: the only place that knows what is where in it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, SystemTime};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, UnixAddr, connect, setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};

use super::dir::Dir;
use super::private::{Kind, find, make};
use super::remove::{remove, remove_if_empty};
use crate::deadline::Deadline;
use crate::error::Cause;
use crate::launch::Isolation;
use crate::process::{Maker, with_limit};

/// Where the supervisor answers.
const SOCKET: &str = "socket";

/// What a client locks while it starts the supervisor.
const START_LOCK: &str = "start";

/// What the supervisor keeps locked as long as it lives.
const LIFE_LOCK: &str = "lock";

/// The list of data directories of the session, so that another supervisor can remove them.
const DIRECTORIES: &str = "directories";

/// The list of processes that the session has started.
const PROCESSES: &str = "processes";

/// The list of servers that the session has used and that are not its own.
const EXISTING: &str = "existing";

/// The directory of a session, with its socket, its locks, its lists and the logs. Only its user can enter it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SessionDir(PathBuf);

impl SessionDir {
    /// The directory at this path.
    pub(crate) fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The directory of the session of this user with this name, if it can be there.
    pub(crate) fn find(root: &Path, name: &str) -> Result<Option<Self>, Cause> {
        Ok(find(root, Kind::Own)?.map(|of_user| Self(of_user.join(name))))
    }

    /// Makes this directory, or finds it.
    pub(crate) fn make(root: &Path, name: &str) -> Result<Self, Cause> {
        make(root, Kind::Own, &[name]).map(|(path, _)| Self(path))
    }

    /// Those of all sessions of this user.
    pub(crate) fn all(root: &Path) -> Vec<Self> {
        let of_user = find(root, Kind::Own).ok().flatten();
        of_user.map_or_else(Vec::new, |of_user| in_directory(&of_user))
    }

    /// Those of the user's other sessions.
    pub(crate) fn others(&self) -> Vec<Self> {
        let mut all = in_directory(self.of_user());
        all.retain(|other| other != self);
        all
    }

    fn of_user(&self) -> &Path {
        self.0.parent().unwrap_or(&self.0)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// The session's name among those of its user.
    pub(crate) fn name(&self) -> &str {
        let name = self.0.file_name().and_then(|name| name.to_str());
        name.unwrap_or_default()
    }

    /// Connects to the supervisor. One that does not take clients is waited for until the deadline: then the error is of the kind
    /// `TimedOut`.
    pub(crate) fn connect(&self, until: Deadline) -> io::Result<UnixStream> {
        // A path that is too long for a socket's has a short one instead, as long as this is open.
        let mut short = None;
        let address = match UnixAddr::new(&self.0.join(SOCKET)) {
            Err(Errno::ENAMETOOLONG) => {
                let dir = short.insert(Dir::open(&self.0)?);
                UnixAddr::new(&dir.path().join(SOCKET))
            }
            address => address,
        }?;
        let flags = SockFlag::SOCK_CLOEXEC;
        let socket = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
        if let Some(left) = until.left() {
            let left = left.max(Duration::from_millis(1));
            setsockopt(&socket, sockopt::SendTimeout, &time(left))?;
        }
        match connect(socket.as_raw_fd(), &address) {
            Err(Errno::EAGAIN) => return Err(io::ErrorKind::TimedOut.into()),
            connected => connected?,
        }
        setsockopt(&socket, sockopt::SendTimeout, &TimeVal::seconds(0))?;
        Ok(socket.into())
    }

    /// Listens for clients. The caller must hold the life lock.
    pub(crate) fn listen(&self) -> io::Result<UnixListener> {
        let dir = Dir::open(&self.0)?;
        // One that was killed has left its socket behind.
        let _ = dir.remove_file(SOCKET);
        let path = dir.path().join(SOCKET);
        let listener = UnixListener::bind(&path)?;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
        Ok(listener)
    }

    /// Waits until no other process is starting the supervisor, and keeps others from doing so. Returns `None` if the directory was swept
    /// meanwhile.
    pub(crate) fn lock_start(&self, until: Deadline) -> Result<Option<Flock<File>>, Cause> {
        let path = self.0.join(START_LOCK);
        let failed = |error| Cause::io(format!("lock `{}`", path.display()), error);
        match self.try_lock_start() {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            locked => return locked.map_err(failed),
        }
        // A lock can be waited for only without a deadline, and so by a thread. One that is too late gives the lock back at once.
        let (session, (tell, told)) = (self.clone(), mpsc::channel());
        let wait = move || tell.send(session.lock(START_LOCK, FlockArg::LockExclusive));
        let waiting = thread::Builder::new().spawn(wait);
        waiting.map_err(|error| failed(with_limit(error)))?;
        let locked = match until.left() {
            None => told.recv().ok(),
            Some(left) => told.recv_timeout(left).ok(),
        };
        let busy = || {
            Cause::io(
                "start the supervisor",
                format!(
                    "another process of this test run has held `{}` for too long",
                    path.display()
                ),
            )
        };
        locked.ok_or_else(busy)?.map_err(failed)
    }

    /// The same without waiting: an error if another process has the lock.
    fn try_lock_start(&self) -> io::Result<Option<Flock<File>>> {
        self.lock(START_LOCK, FlockArg::LockExclusiveNonblock)
    }

    /// Takes the lock that says that the supervisor lives; an error if there is one.
    pub(crate) fn try_lock_life(&self) -> io::Result<Option<Flock<File>>> {
        self.lock(LIFE_LOCK, FlockArg::LockExclusiveNonblock)
    }

    fn lock(&self, name: &str, how: FlockArg) -> io::Result<Option<Flock<File>>> {
        let path = self.0.join(name);
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path);
        let file = match file {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file?,
        };
        let inode = file.metadata()?.ino();
        let lock = Flock::lock(file, how).map_err(|(_, errno)| io::Error::from(errno))?;
        let still_there = fs::metadata(&path).is_ok_and(|found| found.ino() == inode);
        Ok(still_there.then_some(lock))
    }

    /// Both locks of a session that is over: `None` if it is not. What never was the directory of a session has no lock; another session
    /// may keep its data there.
    pub(crate) fn lock_dead(&self) -> Option<[Flock<File>; 2]> {
        if !self.0.join(START_LOCK).exists() {
            // A client that was killed has left it empty.
            let _ = fs::remove_dir(&self.0);
            return None;
        }
        // A session that is just being started has a client that holds one of the locks; one that lives, a supervisor that holds the
        // other.
        let start = self.try_lock_start().ok()??;
        let life = self.try_lock_life().ok()??;
        Some([start, life])
    }

    /// Where a log of this name goes.
    pub(super) fn log(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.log"))
    }

    /// A file without a name that holds a text, to be read from its start; also by a server's user, who opens it as `/dev/stdin`.
    pub(crate) fn unnamed(&self, text: &str) -> io::Result<File> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("unnamed-{}", NEXT.fetch_add(1, Ordering::Relaxed));
        let dir = Dir::open(&self.0)?;
        // A process that was killed while writing has left it.
        let _ = dir.remove_file(&name);
        let written = dir.create(&name, 0o644)?.write_all(text.as_bytes());
        let file = dir.read(&name);
        dir.remove_file(&name)?;
        written.and(file)
    }

    /// The processes that the session has started, which may be gone.
    pub(crate) fn processes(&self) -> Vec<Maker> {
        self.listed(PROCESSES, |line| serde_json::from_str(line).ok())
    }

    /// Lists a process.
    pub(super) fn add_process(&self, process: &Maker) {
        let line = serde_json::to_string(process).unwrap_or_default();
        // Without the list, what it is for stays where it is.
        let _ = self.append(PROCESSES, &line);
    }

    /// When something was last written here, by the supervisor or as the log of a process.
    pub(crate) fn last_sign(&self) -> Option<SystemTime> {
        let entries = fs::read_dir(&self.0).ok()?.flatten();
        let times = entries.filter_map(|entry| entry.metadata().ok()?.modified().ok());
        times.max()
    }

    /// How the session has set parts apart in servers that are not its own.
    pub(crate) fn used(&self) -> Vec<Isolation> {
        self.listed(EXISTING, |line| serde_json::from_str(line).ok())
    }

    /// Lists a server that is not the session's own.
    pub(super) fn add_used(&self, isolation: &Isolation) {
        let line = serde_json::to_string(isolation).unwrap_or_default();
        let _ = self.append(EXISTING, &line);
    }

    /// The directories that the session has made elsewhere, or was about to make.
    pub(super) fn directories(&self) -> Vec<PathBuf> {
        self.listed(DIRECTORIES, |line| Some(PathBuf::from(line)))
    }

    /// Lists a directory, before it is made: what is listed but was never made does no harm.
    pub(super) fn add_directory(&self, path: &Path) -> io::Result<()> {
        self.append(DIRECTORIES, &path.display().to_string())
    }

    fn listed<T>(&self, list: &str, read: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let listed = fs::read_to_string(self.0.join(list)).unwrap_or_default();
        listed.lines().filter_map(read).collect()
    }

    fn append(&self, list: &str, line: &str) -> io::Result<()> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(self.0.join(list));
        // In one call, since threads do this at the same time.
        file?.write_all(format!("{line}\n").as_bytes())
    }

    /// Removes the directory if there is nothing in it.
    pub(crate) fn remove_if_empty(&self) {
        remove_if_empty(Some(&self.0));
        remove_if_empty(self.0.parent());
    }

    /// Removes the directory and all that the session has listed.
    pub(crate) fn remove(&self) {
        for path in self.directories() {
            // Only what has the session's own name, below a directory of ours, can have been listed.
            // Data that is kept in the session's own directory goes with it.
            let ours = path.is_absolute() && path.file_name() == self.0.file_name();
            if ours && path != self.0 {
                remove(&path);
                remove_if_empty(path.parent());
            }
        }
        // The locks in it must hold until everything else is gone, and must be gone at once: a client may be waiting to start this
        // session again.
        let removed = format!("{}-removed-by-{}", self.name(), std::process::id());
        let removed = self.0.with_file_name(removed);
        match fs::rename(&self.0, &removed) {
            Ok(()) => remove(&removed),
            Err(_) => remove(&self.0),
        }
        remove_if_empty(self.0.parent());
    }
}

fn time(duration: Duration) -> TimeVal {
    TimeVal::microseconds(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}

fn in_directory(of_user: &Path) -> Vec<SessionDir> {
    let entries = fs::read_dir(of_user).into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path());
    paths.filter(|path| path.is_dir()).map(SessionDir).collect()
}
