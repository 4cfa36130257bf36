//! Of what `FIXTURED_MISSING=skip` makes a skipped test: only of what is not there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use fixtured::{fixture, with_daemon};
use fixtured_tests::{scratch_directory, without_runner};

/// A subject, whose program is found in PATH.
#[with_daemon("missing-or-broken", output = "^ready$")]
#[test]
#[ignore = "it is run by the other test, with programs of many kinds"]
fn in_path() {}

/// A subject, whose program is where a variable says.
#[fixture(redis)]
#[test]
#[ignore = "it is run by the other test, with programs of many kinds"]
fn by_variable() {}

fn write(path: &Path, text: &str, mode: u32) {
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_is_broken_is_not_skipped() {
    type Make = fn(&Path);
    let rows: [(&str, Make, bool); 6] = [
        ("nothing", |_| (), true),
        (
            "a file that is not executable",
            |path| write(path, "#!/bin/sh\n", 0o644),
            false,
        ),
        ("a directory", |path| fs::create_dir(path).unwrap(), false),
        (
            "a missing interpreter",
            |path| write(path, "#!/no/such/interpreter\n", 0o755),
            false,
        ),
        ("no program", |path| write(path, "\0\0\0\0", 0o755), false),
        (
            "one that fails",
            |path| write(path, "#!/bin/sh\nexit 3\n", 0o755),
            false,
        ),
    ];
    for (what, make, skipped) in rows {
        for (subject, program) in [
            ("missing::in_path", "missing-or-broken"),
            ("missing::by_variable", "redis-server"),
        ] {
            let dir = scratch_directory("missing").unwrap();
            let bin = dir.join("bin");
            fs::create_dir(&bin).unwrap();
            make(&bin.join(program));
            let mut command = Command::new(std::env::current_exe().unwrap());
            without_runner(&mut command);
            let path = std::env::var("PATH").unwrap();
            command.args(["--ignored", "--exact", subject]);
            command.env("PATH", format!("{}:{path}", bin.display()));
            command
                .env("FIXTURED_REDIS_BIN", &bin)
                .env("FIXTURED_DIR", &*dir);
            command.env("FIXTURED_MISSING", "skip");
            let output = command.output().unwrap();
            let text = [output.stdout, output.stderr].concat();
            let text = String::from_utf8_lossy(&text);
            assert_eq!(
                output.status.success(),
                skipped,
                "{what}, {subject}: {text}"
            );
            assert_eq!(
                text.contains("SKIPPED "),
                skipped,
                "{what}, {subject}: {text}"
            );
            if !skipped {
                assert!(text.contains(program), "{what}, {subject}: {text}");
            }
        }
    }
}
