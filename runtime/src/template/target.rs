//! The target of a copy of a template.

use std::ffi::OsStr;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::Path;

use crate::deadline::Deadline;
use crate::directory::Dir;
use crate::process::{User, act_as};

/// The target of a copy.
pub(crate) struct Target<'a> {
    /// The directory to make.
    pub(crate) path: &'a Path,
    pub(crate) owner: Option<&'a User>,
    pub(crate) until: Deadline,
    /// Descriptors whose other end is closed when it is no longer needed.
    pub(crate) unwanted: &'a [BorrowedFd<'a>],
}

impl Target<'_> {
    /// The directory in which it is, and its name there. The way to it is the owner's, whose links lead only to what he may use anyway.
    pub(super) fn above(&self) -> io::Result<(Dir, &OsStr)> {
        let above = self.path.parent().unwrap_or(Path::new("/"));
        let dir = act_as(self.owner, || Dir::open(above))?;
        Ok((dir, self.path.file_name().unwrap_or_default()))
    }
}
