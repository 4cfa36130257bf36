//! Files that options name.

use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;

use crate::launch::Output;

/// The limit in bytes for all files of an option together, since every request to the supervisor contains them.
pub(super) const MOST: usize = 32 << 20;

/// The absolute form of a path, which is relative to the package's directory.
pub(super) fn located(path: impl AsRef<Path>) -> PathBuf {
    let from = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let path = from.unwrap_or_default().join(path);
    std::path::absolute(&path).unwrap_or(path)
}

/// The text of a [located] file.
pub(super) fn read(path: &Path) -> Result<String, String> {
    text(path, MOST).map_err(|reason| format!("cannot read `{}`: {reason}", path.display()))
}

/// The text of a regular file of at most `most` bytes. Nothing else is read, since a device may have no end and a FIFO no writer.
pub(super) fn text(path: &Path, most: usize) -> Result<String, String> {
    let said = |error: io::Error| error.to_string();
    let too_large = || {
        let most = MOST >> 20;
        format!("too large: the limit is {most} MiB for all files together")
    };
    // Opening a device may have an effect already.
    regular(fs::metadata(path).map_err(said)?.file_type())?;
    // It may have been replaced since.
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let mut options = File::options();
    let file = options.read(true).custom_flags(flags.bits()).open(path);
    let file = file.map_err(said)?;
    let found = file.metadata().map_err(said)?;
    regular(found.file_type())?;
    if usize::try_from(found.len()).map_or(true, |length| length > most) {
        return Err(too_large());
    }
    // It may grow, and files in `/proc` have no length.
    let mut text = String::new();
    let mut limited = file.take(most as u64 + 1);
    limited.read_to_string(&mut text).map_err(said)?;
    match text.len() > most {
        true => Err(too_large()),
        false => Ok(text),
    }
}

fn regular(kind: FileType) -> Result<(), String> {
    let what = match kind {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_dir() => "a directory",
        kind if kind.is_fifo() => "a FIFO",
        kind if kind.is_socket() => "a socket",
        kind if kind.is_char_device() || kind.is_block_device() => "a device",
        _ => "something else",
    };
    Err(format!("it is {what}, not a regular file"))
}

/// A path as text, or why it cannot be sent.
pub(super) fn in_utf8(path: &Path) -> Result<&str, String> {
    path.to_str()
        .ok_or_else(|| format!("the path `{}` is not UTF-8", path.display()))
}

/// The output with a path that does not depend on where the supervisor is.
pub(super) fn below(
    here: &Path,
    output: &Output,
    utf8: &mut dyn FnMut(PathBuf) -> PathBuf,
) -> Output {
    match output {
        Output::File(path) => Output::File(utf8(here.join(path))),
        other => other.clone(),
    }
}
