//! Tools that npm installs.

use std::path::{Path, PathBuf};

/// Where `tests/provision` has put them.
pub fn node_module(path: &str) -> PathBuf {
    let home = std::env::var_os("HOME").unwrap();
    let modules = Path::new(&home).join(".local/share/fixtured/migrators/node_modules");
    modules.join(path)
}
