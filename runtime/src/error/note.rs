//! What users are told beside errors.

use std::fmt::{self, Display, Formatter};
use std::path::{Path, PathBuf};

/// Something that went another way than usual, and well.
#[derive(Debug)]
pub(crate) enum Note {
    /// There is no cache.
    NoCache { why: String },
    /// Somebody else was making the same for too long.
    CacheBusy { by: String },
    /// What was in the cache was not what had been put there.
    Damaged { path: PathBuf, why: String },
    /// What was made is not in the cache.
    NotKept { why: String },
    /// A daemon did not start with what the cache had for it, but without it.
    DidNotStart { name: String, path: PathBuf },
    /// It did not start in time, with what the cache had for it.
    MayBeDamaged { path: PathBuf },
}

impl Note {
    /// That what has been made here could not be put into the cache.
    pub(crate) fn not_kept(path: &Path, reason: impl Display) -> Self {
        Self::NotKept {
            why: format!("cannot fill `{}`: {reason}", path.display()),
        }
    }
}

impl Display for Note {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCache { why } => {
                write!(f, "no cache, so data is prepared for each server: {why}")
            }
            Self::CacheBusy { by } => {
                write!(
                    f,
                    "data is prepared without the cache, which was in use for too long: {by}"
                )
            }
            Self::Damaged { path, why } => {
                let path = path.display();
                write!(
                    f,
                    "the cached data `{path}` was damaged and is prepared again: {why}"
                )
            }
            Self::NotKept { why } => write!(f, "prepared data is not kept in the cache: {why}"),
            Self::DidNotStart { name, path } => {
                let path = path.display();
                write!(
                    f,
                    "`{name}` did not start with the cached data `{path}`, which was removed; it started without it"
                )
            }
            Self::MayBeDamaged { path } => {
                let path = path.display();
                write!(
                    f,
                    " (it used the cached data `{path}`, which was removed in case it was damaged)"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_names_the_cache() {
        let path = PathBuf::from("/c/x-1");
        for (note, wanted) in [
            (
                Note::NoCache {
                    why: "`/c` belongs to dev".into(),
                },
                "no cache, so data is prepared for each server: `/c` belongs to dev",
            ),
            (
                Note::CacheBusy {
                    by: "the lock `/c/x-1.lock`, which pid 7: sleep holds".into(),
                },
                "data is prepared without the cache, which was in use for too long: the lock `/c/x-1.lock`, which pid 7: sleep holds",
            ),
            (
                Note::Damaged {
                    path: path.clone(),
                    why: "`a` has 0 bytes instead of 1".into(),
                },
                "the cached data `/c/x-1` was damaged and is prepared again: `a` has 0 bytes instead of 1",
            ),
            (
                Note::not_kept(&path, "No space left on device"),
                "prepared data is not kept in the cache: cannot fill `/c/x-1`: No space left on device",
            ),
            (
                Note::DidNotStart {
                    name: "x".into(),
                    path,
                },
                "`x` did not start with the cached data `/c/x-1`, which was removed; it started without it",
            ),
        ] {
            assert_eq!(note.to_string(), wanted);
        }
    }
}
