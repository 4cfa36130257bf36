//! How the files are written.

use std::process::Command;

use super::workspace::{files, root};

#[test]
fn files_are_short() {
    let all = ["runtime/src", "macros/src", "cli", "examples", "benches"]
        .into_iter()
        .flat_map(|directory| files(directory, "rs"));
    let long: Vec<_> = all
        .filter(|(_, text)| text.lines().count() > 400)
        .map(|(file, _)| file)
        .collect();
    assert!(long.is_empty(), "{long:?}");
}

#[test]
fn all_is_formatted() {
    let status = Command::new(env!("CARGO"))
        .args(["fmt", "--all", "--", "--check"])
        .current_dir(root())
        .status()
        .unwrap();
    assert!(status.success(), "run `cargo fmt --all`");
}
