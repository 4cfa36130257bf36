//! Files that options name.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::directory::open_regular;
use crate::launch::Output;

/// The limit in bytes for a file, since every request to the supervisor contains it.
const MOST: u64 = 32 << 20;

/// The absolute form of a path, which is relative to the package's directory.
pub(super) fn located(path: impl AsRef<Path>) -> PathBuf {
    let from = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let path = from.unwrap_or_default().join(path);
    std::path::absolute(&path).unwrap_or(path)
}

/// The text of a [located] file.
pub(super) fn read(path: &Path) -> Result<String, String> {
    text(path).map_err(|error| format!("cannot read `{}`: {error}", path.display()))
}

fn text(path: &Path) -> io::Result<String> {
    let file = open_regular(path)?;
    // It may be shorter than it says and grow; and files in `/proc` have no length.
    let mut text = String::new();
    let too_large = || {
        let most = MOST >> 20;
        io::Error::other(format!("too large: the limit is {most} MiB"))
    };
    if file.metadata()?.len() > MOST {
        return Err(too_large());
    }
    file.take(MOST + 1).read_to_string(&mut text)?;
    match text.len() as u64 > MOST {
        true => Err(too_large()),
        false => Ok(text),
    }
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
