//! The user's scripts: a file, or a directory of migrations.

use std::fs;
use std::path::{Path, PathBuf};

use super::file::{MOST, located, text};
use crate::launch::Script;

/// Reads a script, or all scripts of a directory in their order.
pub(super) fn read(path: &Path) -> Result<Vec<Script>, String> {
    let whole = located(path);
    let shown = |file: &Path| match file.strip_prefix(&whole) {
        Ok(inside) if inside.as_os_str().is_empty() => path.display().to_string(),
        Ok(inside) => path.join(inside).display().to_string(),
        Err(_) => file.display().to_string(),
    };
    let files = match whole.is_dir() {
        true => migrations(&whole)?,
        false => vec![whole.clone()],
    };
    let mut left = MOST;
    let read = |file: &PathBuf| {
        let text = text(file, left).map_err(|reason| unreadable(file, &reason))?;
        left -= text.len();
        Ok(Script::new(shown(file), text))
    };
    files.iter().map(read).collect()
}

fn unreadable(path: &Path, reason: &dyn std::fmt::Display) -> String {
    format!("cannot read `{}`: {reason}", path.display())
}

/// The files of a directory that are to run, in their order. Those that cannot be read are among them, so that they are reported.
fn migrations(directory: &Path) -> Result<Vec<PathBuf>, String> {
    let failed = |error| unreadable(directory, &error);
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?.path();
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        let name = name.into_owned();
        let file = match entry.is_dir() {
            true => entry.join("up.sql"),
            false => entry,
        };
        if fs::symlink_metadata(&file).is_ok() && is_forward(&name, &file) {
            found.push((order(&name), name, file));
        }
    }
    if found.is_empty() {
        let directory = directory.display();
        return Err(format!("no migrations in `{directory}`"));
    }
    found.sort();
    Ok(found.into_iter().map(|(_, _, file)| file).collect())
}

fn is_forward(name: &str, file: &Path) -> bool {
    let is_sql = file.extension().is_some_and(|extension| extension == "sql");
    let undoes = name.strip_prefix('U').is_some_and(|rest| {
        let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
        rest.starts_with("__")
    });
    is_sql && !name.ends_with(".down.sql") && name != "down.sql" && !undoes
}

/// The number that a name begins with; those without one come last.
fn order(name: &str) -> u128 {
    let name = name.strip_prefix('V').unwrap_or(name);
    let end = name.find(|letter: char| !letter.is_ascii_digit() && letter != '-');
    let digits = name
        .get(..end.unwrap_or(name.len()))
        .unwrap_or_default()
        .replace('-', "");
    digits.parse().unwrap_or(u128::MAX)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;

    fn check(files: &[&str], wanted: &[&str]) {
        let number = files.len() * 31 + files.concat().len();
        let dir =
            std::env::temp_dir().join(format!("fixtured-scripts-{number}-{}", std::process::id()));
        for file in files {
            let path = dir.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("-- {file}")).unwrap();
        }
        let found = read(&dir).map(|scripts| {
            scripts
                .into_iter()
                .map(|script| script.text.strip_prefix("-- ").unwrap().to_owned())
                .collect::<Vec<_>>()
        });
        fs::remove_dir_all(&dir).unwrap();
        assert_eq!(found.unwrap_or_default(), wanted);
    }

    #[test]
    fn layouts_are_recognised() {
        check(&["b.sql", "a.sql", "notes.txt"], &["a.sql", "b.sql"]);
        check(
            &["10_c.sql", "2_b.sql", "1_a.sql"],
            &["1_a.sql", "2_b.sql", "10_c.sql"],
        );
        check(
            &[
                "20240102000000_b.up.sql",
                "20240102000000_b.down.sql",
                "20240101000000_a.up.sql",
            ],
            &["20240101000000_a.up.sql", "20240102000000_b.up.sql"],
        );
        check(
            &["V10__c.sql", "V9__b.sql", "U9__b.sql"],
            &["V9__b.sql", "V10__c.sql"],
        );
        check(
            &[
                "2024-01-02-000000_b/up.sql",
                "2024-01-02-000000_b/down.sql",
                "00000000000000_diesel_initial_setup/up.sql",
            ],
            &[
                "00000000000000_diesel_initial_setup/up.sql",
                "2024-01-02-000000_b/up.sql",
            ],
        );
        check(&["readme.md"], &[]);
    }

    /// None of these is waited for, or read to its end.
    #[test]
    fn what_is_no_regular_file_or_too_large_is_refused() {
        let dir = std::env::temp_dir().join(format!("fixtured-odd-{}", std::process::id()));
        fs::create_dir_all(dir.join("migrations")).unwrap();
        mkfifo(&dir.join("fifo"), Mode::S_IRWXU).unwrap();
        symlink(dir.join("loop"), dir.join("loop")).unwrap();
        let _listener = UnixListener::bind(dir.join("socket")).unwrap();
        let long = |name: &str, length| {
            let file = File::create(dir.join(name)).unwrap();
            file.set_len(length).unwrap();
        };
        long("huge", 1 << 40);
        long("large", MOST as u64 + 1);
        long("largest", MOST as u64);
        fs::write(dir.join("binary"), [0xff, 0xfe]).unwrap();
        let limit = "too large: the limit is 32 MiB for all files together";
        let rows = [
            ("fifo", "it is a FIFO, not a regular file"),
            ("loop", "Too many levels of symbolic links (os error 40)"),
            ("socket", "it is a socket, not a regular file"),
            ("huge", limit),
            ("large", limit),
            ("binary", "stream did not contain valid UTF-8"),
            ("missing", "No such file or directory (os error 2)"),
            ("/dev/zero", "it is a device, not a regular file"),
        ];
        for (name, reason) in rows {
            let path = dir.join(name);
            let whole = format!("cannot read `{}`: {reason}", path.display());
            let problem = read(&path).unwrap_err();
            assert_eq!(problem, whole);
        }
        assert_eq!(read(&dir.join("largest")).unwrap()[0].text.len(), MOST);
        // The same in a directory of migrations, where the limit is for all together.
        let migration = dir.join("migrations/2.sql");
        fs::write(dir.join("migrations/1.sql"), "SELECT 1").unwrap();
        for (name, reason) in rows.iter().chain(&[("largest", limit)]) {
            symlink(dir.join(name), &migration).unwrap();
            let problem = read(&dir.join("migrations")).unwrap_err();
            let wanted = format!("cannot read `{}`: ", migration.display());
            assert!(problem.starts_with(&wanted), "{problem}");
            assert!(problem.ends_with(reason), "{problem}");
            fs::remove_file(&migration).unwrap();
        }
        // Other names are ignored.
        symlink(dir.join("fifo"), dir.join("migrations/notes.txt")).unwrap();
        symlink("..", dir.join("migrations/up")).unwrap();
        assert_eq!(read(&dir.join("migrations")).unwrap().len(), 1);
        fs::remove_dir_all(&dir).unwrap();
    }
}
