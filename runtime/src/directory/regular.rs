//! Regular files that a user names. Nothing else is opened: a device may have no end and a FIFO no writer.

use std::fs::{self, File, FileType, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use nix::fcntl::OFlag;

/// What is known about a regular file.
pub(crate) fn regular(path: &Path) -> io::Result<Metadata> {
    checked(fs::metadata(path)?)
}

/// Opens a regular file for reading.
pub(crate) fn open_regular(path: &Path) -> io::Result<File> {
    // Opening a device may have an effect already.
    regular(path)?;
    // It may have been replaced since.
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let mut options = File::options();
    let file = options.read(true).custom_flags(flags.bits()).open(path)?;
    checked(file.metadata()?)?;
    Ok(file)
}

fn checked(found: Metadata) -> io::Result<Metadata> {
    match found.is_file() {
        true => Ok(found),
        false => {
            let what = what(found.file_type());
            let reason = format!("it is {what}, not a regular file");
            Err(io::Error::other(reason))
        }
    }
}

fn what(kind: FileType) -> &'static str {
    match kind {
        kind if kind.is_dir() => "a directory",
        kind if kind.is_fifo() => "a FIFO",
        kind if kind.is_socket() => "a socket",
        kind if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => "something else",
    }
}
