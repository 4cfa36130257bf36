//! The lines of `docs/security.md`, by their numbers, and the paths that sessions must cope with.
//!
//! Much of it is about what root does, and needs root to be shown: as another user, what is not run says so, and the page names the lines
//! of which then nothing is tested.

mod attack;
mod files;
mod kept;
mod machine;
mod paths;
mod people;
mod root;
mod session;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use fixtured_tests::{Scratch, scratch_directory};
use nix::unistd::{User, geteuid};

/// Says loudly what is not run since only root could do it.
fn as_root(what: &str) -> bool {
    let root = geteuid().is_root();
    if !root {
        // Past the capture of the test harness, which shows only what tests that fail have printed.
        let _ = writeln!(std::io::stderr(), "NOT RUN, since this is not root: {what}");
    }
    root
}

fn user(name: &str) -> User {
    User::from_name(name).unwrap().unwrap()
}

fn mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

/// A directory in which everybody may make something, as `/tmp`.
fn shared(name: &str) -> Scratch {
    let dir = scratch_directory(name).unwrap();
    mode(&dir, 0o1777);
    dir
}

/// Everything below a directory.
fn below(dir: &Path) -> Vec<PathBuf> {
    let mut all = vec![dir.to_owned()];
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => all.extend(below(&entry.path())),
            false => all.push(entry.path()),
        }
    }
    all
}

#[test]
fn every_line_has_its_test() {
    let page = include_str!("../../docs/security.md");
    let numbers: Vec<u32> = page
        .lines()
        .filter_map(|line| {
            let line = line.strip_prefix("| ").unwrap_or(line);
            line.split_once(". ")?.0.parse().ok()
        })
        .collect();
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("security");
    let (mut tested, mut with_other) = (BTreeSet::new(), BTreeSet::new());
    for file in below(&here).iter().filter(|path| path.is_file()) {
        let text = fs::read_to_string(file).unwrap();
        for test in text.split("#[test]\nfn ").skip(1) {
            let (name, body) = test.split_once("() {\n").unwrap();
            let of_test = lines(name);
            if !body.trim_start().starts_with("if !as_root(") {
                with_other.extend(of_test.iter().copied());
            }
            tested.extend(of_test);
        }
    }
    assert_eq!(tested.iter().copied().collect::<Vec<_>>(), numbers);
    // What is not tested at all by other users is told.
    let only: Vec<_> = tested.difference(&with_other).map(u32::to_string).collect();
    let told = page.split_once("only as root: ").unwrap().1;
    assert_eq!(told.split_once('.').unwrap().0, only.join(", "));
}

/// The lines that a test is about, by its name: `line_1_…`, `lines_4_and_5_…`, `lines_3_and_13_to_15_…`.
fn lines(test: &str) -> Vec<u32> {
    let words = test.strip_prefix("line_").or(test.strip_prefix("lines_"));
    let (mut lines, mut range) = (Vec::new(), false);
    for word in words.unwrap_or_default().split('_') {
        match (word, word.parse::<u32>()) {
            ("and" | "to", _) => range = word == "to",
            (_, Ok(number)) if range => {
                lines.extend(lines.last().map_or(0, |last| last + 1)..=number)
            }
            (_, Ok(number)) => lines.push(number),
            _ => break,
        }
    }
    lines
}
