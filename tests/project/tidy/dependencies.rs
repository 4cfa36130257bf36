//! What the crates depend on.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::workspace::{files, read, root};

/// What cargo prints in a directory. It downloads nothing: whatever the tests were built with is there, and nothing else may be.
fn cargo(directory: &Path, arguments: &[&str]) -> String {
    let cargo = Command::new(env!("CARGO"))
        .args(arguments)
        .arg("--offline")
        .current_dir(directory)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&cargo.stderr);
    assert!(cargo.status.success(), "cargo {arguments:?}: {errors}");
    String::from_utf8(cargo.stdout).unwrap()
}

/// What cargo says of the crates that a user of `fixtured` builds here. Asked about the workspace, it would also want the crates of
/// other platforms and of features that nobody uses, which a new machine does not have.
fn tree() -> Vec<serde_json::Value> {
    let user = std::env::temp_dir().join(format!("fixtured-tidy-{}", std::process::id()));
    fs::create_dir_all(user.join("src")).unwrap();
    fs::write(user.join("src/lib.rs"), "").unwrap();
    let runtime = root().join("runtime");
    let manifest = format!(
        "[package]\nname = \"user\"\nedition = \"2024\"\n[workspace]\n[dependencies]\nfixtured = {{ path = {runtime:?} }}\n"
    );
    fs::write(user.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root().join("Cargo.lock"), user.join("Cargo.lock")).unwrap();
    let rustc = Command::new("rustc").arg("-vV").output().unwrap();
    let rustc = String::from_utf8(rustc.stdout).unwrap();
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: "));
    let filter = ["--filter-platform", host.unwrap()];
    let metadata = cargo(
        &user,
        &["metadata", "--format-version", "1", filter[0], filter[1]],
    );
    fs::remove_dir_all(&user).unwrap();
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let others = packages.filter(|package| package["name"] != "user");
    others.cloned().collect()
}

#[test]
fn the_crate_is_light_and_its_dependencies_build_with_the_oldest_rust() {
    let tree = tree();
    assert!((20..=45).contains(&tree.len()), "{} crates", tree.len());
    let number = |version: &str| {
        version
            .split('.')
            .take(2)
            .map(|part| part.parse::<u32>().unwrap())
            .collect::<Vec<_>>()
    };
    let oldest = number("1.88");
    for package in &tree {
        let needs = package["rust_version"].as_str().unwrap_or("1.0");
        assert!(
            number(needs) <= oldest,
            "{} needs Rust {needs}",
            package["name"]
        );
    }
    assert!(
        read("README.md").contains("Rust 1.88")
            && read("Cargo.toml").contains("rust-version = \"1.88\"")
    );
}

#[test]
fn every_dependency_has_a_reason() {
    for (file, text) in files(".", "toml")
        .into_iter()
        .filter(|(file, _)| file.ends_with("Cargo.toml") && !file.contains("target/"))
    {
        let lines: Vec<_> = text.lines().collect();
        let of_dependencies = |at: usize| {
            lines[..at]
                .iter()
                .rev()
                .find(|line| line.starts_with('['))
                .is_some_and(|section| section.contains("dependencies]"))
        };
        for (at, line) in lines.iter().enumerate().filter(|(at, line)| {
            of_dependencies(*at)
                && line.contains(" = ")
                && !line.contains("workspace")
                && !line.contains("path = ")
        }) {
            // A reason may be for several lines that follow it.
            let block = lines[..at]
                .iter()
                .rev()
                .take_while(|line| !line.starts_with('[') && !line.is_empty());
            assert!(
                block.into_iter().any(|line| line.starts_with('#')),
                "{file}: {line} has no reason"
            );
        }
    }
}
