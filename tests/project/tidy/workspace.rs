//! The files of the workspace.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The files below a directory with this ending, with their paths from the root.
pub(super) fn files(directory: &str, ending: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut directories = vec![root().join(directory)];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                directories.push(path);
            } else if path
                .extension()
                .is_some_and(|extension| extension == ending)
            {
                let name = path.strip_prefix(root()).unwrap().display().to_string();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

/// The files of the runtime, without those that only its tests are built with.
pub(super) fn runtime() -> Vec<(String, String)> {
    let mut all = files("runtime/src", "rs");
    let of_tests: BTreeSet<_> = all
        .iter()
        .flat_map(|(file, text)| {
            let inside = match file.strip_suffix("/mod.rs") {
                Some(directory) => directory,
                None => file.trim_end_matches(".rs"),
            };
            let declared = text.split("#[cfg(test)]\n").skip(1);
            let declared = declared.filter_map(|rest| rest.lines().next()?.strip_suffix(';'));
            let names = declared.filter_map(|line| Some(line.split_once("mod ")?.1));
            names.map(move |name| format!("{inside}/{name}.rs"))
        })
        .collect();
    all.retain(|(file, _)| !of_tests.contains(file));
    all
}

/// A file without its tests and comments.
pub(super) fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}
