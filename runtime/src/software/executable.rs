//! Whether a file can be run.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use nix::unistd::{AccessFlags, access};

/// How much of a script is read for its first line (execve(2) reads as much).
const FIRST_LINE: u64 = 256;

/// What is at a path where a program may be.
#[derive(Debug, PartialEq)]
pub(super) enum Executable {
    Yes,
    /// There is nothing.
    Absent,
    /// This user may not see what there is.
    Hidden(String),
    /// There is something that cannot be run: `is a directory`.
    Broken(String),
}

/// Looks at a path.
pub(super) fn look(path: &Path) -> Executable {
    use Executable::{Absent, Broken, Hidden, Yes};
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) => {
            return match (error.kind(), fs::read_link(path)) {
                (_, Ok(target)) => Broken(format!(
                    "is a link to `{}`, which does not exist",
                    target.display()
                )),
                (io::ErrorKind::NotFound | io::ErrorKind::NotADirectory, _) => Absent,
                _ => Hidden(format!("cannot be inspected: {error}")),
            };
        }
    };
    if found.is_dir() {
        return Broken("is a directory".into());
    }
    if !found.is_file() {
        return Broken("is not a regular file".into());
    }
    if found.permissions().mode() & 0o111 == 0 {
        return Broken("is not executable".into());
    }
    if let Err(errno) = access(path, AccessFlags::X_OK) {
        return Broken(format!("cannot be executed by this user: {}", errno.desc()));
    }
    match interpreter(path) {
        Some(interpreter) if !interpreter.exists() => {
            let name = interpreter.display().to_string();
            Broken(format!(
                "needs the interpreter `{}`, which does not exist",
                name.escape_debug()
            ))
        }
        _ => Yes,
    }
}

/// What a script is run by. A name that does not begin at the root depends on where it is run.
fn interpreter(path: &Path) -> Option<PathBuf> {
    let mut start = Vec::new();
    // What may be run need not be readable.
    let file = File::open(path).ok()?;
    file.take(FIRST_LINE).read_to_end(&mut start).ok()?;
    let line = start
        .strip_prefix(b"#!")?
        .split(|byte| *byte == b'\n')
        .next()?;
    let mut words = line.split(|byte| matches!(byte, b' ' | b'\t'));
    let word = words.find(|word| !word.is_empty())?;
    let interpreter = Path::new(std::ffi::OsStr::from_bytes(word));
    interpreter.is_absolute().then(|| interpreter.into())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_cannot_be_run_says_why() {
        let root = std::env::temp_dir().join(format!("fixtured-executable-{}", std::process::id()));
        fs::create_dir_all(root.join("directory")).unwrap();
        let script = |name: &str, text: &str, mode| {
            fs::write(root.join(name), text).unwrap();
            fs::set_permissions(root.join(name), fs::Permissions::from_mode(mode)).unwrap();
        };
        script("good", "#! /bin/sh -e\n", 0o755);
        script("plain", "#!/bin/sh\n", 0o644);
        script("lost", "#!/nowhere/python9\n", 0o755);
        script("windows", "#!/bin/sh\r\n", 0o755);
        symlink("good", root.join("link")).unwrap();
        symlink("/nowhere/x", root.join("dangling")).unwrap();
        let broken = |why: &str| Executable::Broken(why.into());
        for (name, wanted) in [
            ("good", Executable::Yes),
            ("link", Executable::Yes),
            ("nothing", Executable::Absent),
            ("good/nothing", Executable::Absent),
            ("directory", broken("is a directory")),
            ("plain", broken("is not executable")),
            (
                "lost",
                broken("needs the interpreter `/nowhere/python9`, which does not exist"),
            ),
            (
                "windows",
                broken("needs the interpreter `/bin/sh\\r`, which does not exist"),
            ),
            (
                "dangling",
                broken("is a link to `/nowhere/x`, which does not exist"),
            ),
        ] {
            assert_eq!(look(&root.join(name)), wanted, "{name}");
        }
        fs::remove_dir_all(&root).unwrap();
    }
}
