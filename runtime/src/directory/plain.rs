//! Paths that every server understands.

use std::fs;
use std::path::{Path, PathBuf};

use super::Dir;
use crate::error::Cause;

/// The path of a socket has at most 107 bytes (unix(7)); this leaves room for its name in the directory.
const LONGEST: usize = 80;

/// Where there is room for short names.
const SHORT: [&str; 2] = ["/tmp", "/dev/shm"];

/// Returns whether servers can be told this path: it leaves room for the name of a socket, and no syntax of a configuration file makes
/// anything of it.
pub(super) fn is_plain(path: &Path) -> bool {
    let bytes = path.as_os_str().as_encoded_bytes();
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_.+".contains(byte);
    bytes.len() <= LONGEST && bytes.iter().all(plain)
}

/// The real path of something, for messages: the path of a server's link does not show which disk it leads to.
pub(crate) fn real_path(path: &Path) -> PathBuf {
    let above = path.parent().map(fs::canonicalize);
    match (above, path.file_name()) {
        (Some(Ok(above)), Some(name)) => above.join(name),
        _ => path.into(),
    }
}

/// A link by which a server is told of its directory. It is removed with this.
#[derive(Debug)]
pub(super) struct Alias {
    path: PathBuf,
    name: String,
    above: Dir,
}

impl Alias {
    /// A link to the directory in the directory that `make` makes below one with a short path.
    pub(super) fn new(
        dir: &Path,
        name: &str,
        make: impl Fn(&Path) -> Result<(PathBuf, Dir), Cause>,
    ) -> Result<Self, Cause> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        let runtime = runtime.filter(|path| path.is_absolute());
        let roots = SHORT.iter().map(PathBuf::from).chain(runtime);
        let made = roots.map(|root| make(&root)).find(|made| {
            made.as_ref()
                .is_ok_and(|(path, _)| is_plain(&path.join(name)))
        });
        let Some(Ok((path, above))) = made else {
            return Err(Cause::io(
                format!("use the directory `{}`", dir.display()),
                format!(
                    "its path is longer than {LONGEST} bytes or has characters that servers do not accept, and no short one \
                     could be created in {}; set FIXTURED_DIR to a directory with a short, plain path",
                    SHORT.join(" or ")
                ),
            ));
        };
        let path = path.join(name);
        above
            .symlink(dir, name)
            .map_err(|error| Cause::io(format!("create the link `{}`", path.display()), error))?;
        Ok(Self {
            path,
            name: name.into(),
            above,
        })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Alias {
    fn drop(&mut self) {
        let _ = self.above.remove_file(&self.name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_strange_paths_are_not_plain() {
        let of_length = |length: usize| format!("/{}", "x".repeat(length - 1));
        for (path, wanted) in [
            ("/dev/shm/fixtured-0/12-34-0.1.0/redis-1", true),
            (&of_length(80), true),
            (&of_length(81), false),
            ("/a b", false),
            ("/{port}", false),
            ("/it's", false),
            ("/\u{e9}", false),
        ] {
            assert_eq!(is_plain(Path::new(path)), wanted, "{path}");
        }
    }
}
