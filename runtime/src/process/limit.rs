//! The limit that an error means.

use std::io;

use nix::errno::Errno;
use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

use crate::error::{Limit, NotStarted};

/// The same error, with the limit that was reached, if it is one.
pub(crate) fn with_limit(error: io::Error) -> io::Error {
    let errno = error.raw_os_error().map(Errno::from_raw);
    match errno.and_then(limit) {
        Some(limit) => io::Error::new(error.kind(), NotStarted::Limit(limit)),
        None => error,
    }
}

/// Returns whether an error says that there is no descriptor or no memory left: it says nothing about what was asked for.
pub(crate) fn is_limit(error: &io::Error) -> bool {
    let errno = error.raw_os_error().map(Errno::from_raw);
    matches!(
        errno,
        Some(Errno::EMFILE | Errno::ENFILE | Errno::ENOMEM | Errno::ENOBUFS)
    )
}

/// The limit that an error means.
pub(super) fn limit(errno: Errno) -> Option<Limit> {
    let of = |resource| match getrlimit(resource) {
        Ok((soft, _)) if soft != RLIM_INFINITY => Some(soft),
        _ => None,
    };
    match errno {
        // A thread for whose stack there is no memory is refused in the same way.
        Errno::EAGAIN => Some(match of(Resource::RLIMIT_AS) {
            Some(memory) => Limit::ProcessesOrMemory(of(Resource::RLIMIT_NPROC), memory),
            None => Limit::Processes(of(Resource::RLIMIT_NPROC)),
        }),
        Errno::EMFILE => Some(Limit::Descriptors(of(Resource::RLIMIT_NOFILE))),
        Errno::ENFILE => Some(Limit::Files),
        Errno::ENOMEM => Some(Limit::Memory(of(Resource::RLIMIT_AS))),
        Errno::E2BIG => Some(Limit::Arguments),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_told_from_other_errors() {
        assert!(is_limit(&Errno::EMFILE.into()) && !is_limit(&Errno::EACCES.into()));
        assert_eq!(limit(Errno::ENFILE), Some(Limit::Files));
        assert_eq!(limit(Errno::EACCES), None);
        let other = with_limit(Errno::EACCES.into());
        assert_eq!(other.raw_os_error(), Some(Errno::EACCES as i32));
        let full = with_limit(Errno::ENOMEM.into());
        assert!(full.to_string().contains("memory"), "{full}");
    }
}
