//! Reading the files, on the side of the supervisor.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::dialect::Dialect;
use super::encoding::decoded;
use super::files::stamp;
use super::layout::Plan;
use super::problem::Problem;
use super::root::Root;
use super::script::Script;
use super::source::Source;
use crate::directory::open_regular;
use crate::launch::{Files, Init};

/// The scripts of an `init`, in the order in which they run.
pub(crate) fn read(init: &Init, dialect: Dialect) -> Result<Vec<Script>, Problem> {
    let given = init.scripts.iter();
    let given = given.map(|script| Script::whole(&script.name, &script.text));
    let mut scripts: Vec<_> = given.collect();
    if let Some(files) = &init.files {
        scripts.extend(of_files(files, dialect)?);
    }
    Ok(scripts)
}

fn of_files(files: &Files, dialect: Dialect) -> Result<Vec<Script>, Problem> {
    let root = Root {
        path: PathBuf::from(&files.path),
        shown: PathBuf::from(&files.shown),
    };
    let plan = Plan::of(&root)?;
    let as_seen = || match stamp(&root, &plan.files)? == files.stamp {
        true => Ok(()),
        false => Err(other_than_seen(files)),
    };
    as_seen()?;
    let sources = plan.files.iter().map(|file| source(&root, file, dialect));
    let sources: Result<Vec<_>, _> = sources.collect();
    let sources = sources?;
    // It may have been written to meanwhile.
    as_seen()?;
    plan.scripts(&root, sources, dialect)
}

fn other_than_seen(files: &Files) -> Problem {
    let reason = "it is not what the test saw: it has just been changed, or the test runs in another container or root directory \
                  than the supervisor of the test run";
    Problem::new(&files.shown, reason)
}

fn source(root: &Root, file: &Path, dialect: Dialect) -> Result<Source, Problem> {
    let shown = root.shown(file);
    let bytes = bytes(&root.join(file)).map_err(|error| root.unreadable(file, &error))?;
    match decoded(bytes, dialect) {
        Ok(text) => {
            let name = file.display().to_string();
            Ok(Source { name, shown, text })
        }
        Err((line, reason)) => Err(Problem::new(shown, reason).at(line)),
    }
}

/// As many as the file has now: who goes on writing to it is not waited for.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let file = open_regular(path)?;
    let length = file.metadata()?.len();
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(usize::try_from(length).unwrap_or(usize::MAX))?;
    file.take(length).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, File};
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::super::find;
    use super::*;

    fn init(path: &Path) -> Result<Init, String> {
        let files = Some(find(path, Path::new("shown"))?);
        Ok(Init {
            files,
            ..Init::default()
        })
    }

    fn scratch(name: &str) -> PathBuf {
        let name = format!("fixtured-{name}-{}", std::process::id());
        let dir = std::env::temp_dir().join(name);
        fs::create_dir_all(dir.join("migrations")).unwrap();
        dir
    }

    /// None of these is waited for, or read to its end.
    #[test]
    fn what_is_no_regular_file_or_too_large_is_not_found() {
        let dir = scratch("odd");
        mkfifo(&dir.join("fifo"), Mode::S_IRWXU).unwrap();
        symlink(dir.join("loop"), dir.join("loop")).unwrap();
        let _listener = UnixListener::bind(dir.join("socket")).unwrap();
        let long = |name: &str, length| {
            let file = File::create(dir.join(name)).unwrap();
            file.set_len(length).unwrap();
        };
        long("huge", 1 << 40);
        long("largest", 1 << 30);
        let limit =
            "too large: the limit is 1 GiB for all files together; load more with a function";
        let rows = [
            ("fifo", "it is a FIFO, not a regular file"),
            ("loop", "Too many levels of symbolic links (os error 40)"),
            ("socket", "it is a socket, not a regular file"),
            ("huge", limit),
            ("missing", "No such file or directory (os error 2)"),
            ("/dev/zero", "it is a device, not a regular file"),
        ];
        for (name, reason) in rows {
            let path = dir.join(name);
            let whole = format!("cannot read `{}`: {reason}", path.display());
            assert_eq!(init(&path), Err(whole));
        }
        assert!(init(&dir.join("largest")).is_ok());
        // The same in a directory of migrations, where the limit is for all together.
        let migration = dir.join("migrations/2.sql");
        fs::write(dir.join("migrations/1.sql"), "SELECT 1").unwrap();
        for (name, reason) in rows.iter().chain(&[("largest", limit)]) {
            symlink(dir.join(name), &migration).unwrap();
            let whole = format!("cannot read `{}`: {reason}", migration.display());
            assert_eq!(init(&dir.join("migrations")), Err(whole));
            fs::remove_file(&migration).unwrap();
        }
        // Other names are ignored.
        symlink(dir.join("fifo"), dir.join("migrations/notes.txt")).unwrap();
        symlink("..", dir.join("migrations/up")).unwrap();
        let found = init(&dir.join("migrations")).unwrap();
        assert_eq!(read(&found, Dialect::Postgres).unwrap().len(), 1);
        fs::remove_dir_all(&dir).unwrap();
    }

    #[test]
    fn what_is_read_is_what_was_found() {
        let dir = scratch("changing");
        let (first, second) = (dir.join("migrations/1.sql"), dir.join("migrations/2.sql"));
        fs::write(&first, "SELECT 1").unwrap();
        let migrations = dir.join("migrations");
        let before = init(&migrations).unwrap();
        let scripts = read(&before, Dialect::Mysql).unwrap();
        assert_eq!(scripts, [Script::whole("shown/1.sql", "SELECT 1")]);
        // Another file of the same length in its place, as others see it in another container.
        fs::write(&second, "SELECT 2").unwrap();
        fs::rename(&second, &first).unwrap();
        let problem = read(&before, Dialect::Mysql).unwrap_err().to_string();
        assert!(
            problem.starts_with("cannot read `shown`: it is not what the test saw: "),
            "{problem}"
        );
        let after = init(&migrations).unwrap();
        assert_ne!(before, after);
        fs::write(&second, [b'\n', 0xff]).unwrap();
        let problem = read(&init(&migrations).unwrap(), Dialect::Postgres).unwrap_err();
        let wanted = "cannot read `shown/2.sql`, line 2: it is not UTF-8";
        assert!(problem.to_string().starts_with(wanted), "{problem}");
        fs::remove_dir_all(&dir).unwrap();
    }
}
