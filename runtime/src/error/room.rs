//! The limit that the system's refusal to write or open something means.

use std::any::Any;
use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::Path;

use nix::errno::Errno;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
use nix::sys::statvfs::statvfs;

/// How many bytes are too few for a server that extends a file, in steps of some MB.
const LITTLE: u64 = 16 << 20;

/// What to do where a file system is full.
const ELSEWHERE: &str = "set FIXTURED_DIR to a directory on another one";

/// The text of a reason. Where it is an error of the system that means a limit, the text names the limit and how to raise it.
pub(super) fn explained(reason: &(impl Display + 'static)) -> String {
    let any: &dyn Any = reason;
    let io = any.downcast_ref::<io::Error>();
    let errno = io
        .and_then(|error| error.raw_os_error().map(Errno::from_raw))
        .or_else(|| any.downcast_ref().copied());
    match errno.and_then(limit) {
        Some(limit) => format!("{reason}; {limit}"),
        None => reason.to_string(),
    }
}

fn limit(errno: Errno) -> Option<String> {
    Some(match errno {
        Errno::EMFILE => format!(
            "a process may open {} files (`ulimit -n`)",
            most(Resource::RLIMIT_NOFILE)
        ),
        Errno::ENFILE => "the machine's limit on open files is reached (/proc/sys/fs/file-max)".into(),
        Errno::EFBIG => format!(
            "a file may have at most {} bytes (`ulimit -f`)",
            most(Resource::RLIMIT_FSIZE)
        ),
        Errno::ENOMEM => format!(
            "a process may use {} bytes of memory (`ulimit -v`)",
            most(Resource::RLIMIT_AS)
        ),
        Errno::ENOSPC => format!("the file system is full; {ELSEWHERE}"),
        Errno::EDQUOT => {
            "this user's disk quota is used up; set FIXTURED_DIR to a directory on another file system".into()
        }
        _ => return None,
    })
}

/// Returns whether there is too little room on the file system of a directory for a server that extends a file.
pub(crate) fn has_little_room(dir: &Path) -> bool {
    Room::of(dir).is_some_and(|room| room.is_little())
}

/// How much room there is on the file system of a directory.
pub(super) struct Room<'a> {
    dir: &'a Path,
    left: u64,
    whole: u64,
}

impl<'a> Room<'a> {
    pub(super) fn of(dir: &'a Path) -> Option<Self> {
        let found = statvfs(dir).ok()?;
        let bytes = |blocks: u64| blocks.saturating_mul(found.fragment_size());
        Some(Self {
            dir,
            left: bytes(found.blocks_available()),
            whole: bytes(found.blocks()),
        })
    }

    /// Returns whether there is too little for a server that extends a file.
    pub(super) fn is_little(&self) -> bool {
        self.left < LITTLE
    }
}

impl Display for Room<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let size = |bytes: u64| format!("{}.{} MB", bytes / 1_000_000, bytes / 100_000 % 10);
        write!(
            f,
            "{} is on a file system with {} left of {}; {ELSEWHERE}",
            self.dir.display(),
            size(self.left),
            size(self.whole)
        )
    }
}

/// What to add to the end of a process that has said nothing: the limits that this process has handed on to it, and that may have
/// ended it.
pub(crate) fn limits() -> String {
    let limits = [
        ("`ulimit -v`", Resource::RLIMIT_AS),
        ("`ulimit -d`", Resource::RLIMIT_DATA),
        ("`ulimit -f`", Resource::RLIMIT_FSIZE),
        ("`ulimit -t`", Resource::RLIMIT_CPU),
    ];
    let finite = limits.iter().filter_map(|(name, resource)| {
        let (soft, _) = getrlimit(*resource).ok()?;
        (soft != RLIM_INFINITY).then(|| format!("{name} is {soft}"))
    });
    let finite: Vec<_> = finite.collect();
    match finite.is_empty() {
        true => String::new(),
        false => format!("; a limit may be too low: {}", finite.join(", ")),
    }
}

fn most(resource: Resource) -> String {
    match getrlimit(resource) {
        Ok((soft, _)) if soft != RLIM_INFINITY => soft.to_string(),
        _ => "no more".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_system_name_their_limit() {
        let full = io::Error::from(Errno::ENOSPC);
        assert_eq!(
            explained(&full),
            "No space left on device (os error 28); the file system is full; set FIXTURED_DIR to a directory on another one"
        );
        let files = explained(&Errno::EMFILE);
        assert!(files.contains("files (`ulimit -n`)"), "{files}");
        assert_eq!(explained(&io::Error::other("no")), "no");
        assert_eq!(explained(&"no"), "no");
    }
}
