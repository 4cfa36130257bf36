//! Files of the user's that options name.

use std::fs;
use std::path::{Path, PathBuf};

/// A path of the user's, who writes it as seen from the package's directory.
pub(super) fn located(path: &Path) -> PathBuf {
    let from = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let path = from.unwrap_or_default().join(path);
    std::path::absolute(&path).unwrap_or(path)
}

/// What a file says; `option` names it in the message.
pub(super) fn read(option: &str, path: &Path) -> Result<String, String> {
    let path = located(path);
    fs::read_to_string(&path)
        .map_err(|error| format!("`{option}`: cannot read `{}`: {error}", path.display()))
}
