//! What users can name of the crate, as a list that is looked at when it changes.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use public_api::Builder;

/// The format of rustdoc's JSON that `public-api` reads in the version of `Cargo.toml`; it would read others wrongly or not at all.
const FORMAT: u64 = 57;

#[test]
fn the_public_api_is_what_its_snapshot_shows() {
    let documented = documented();
    let text = fs::read_to_string(&documented).unwrap();
    let format = &serde_json::from_str::<serde_json::Value>(&text).unwrap()["format_version"];
    assert!(
        format.as_u64() == Some(FORMAT),
        "the compiler here ({}) describes crates in format {format} of rustdoc's JSON, and the list of the public API is made of format \
         {FORMAT}: run this test with Rust 1.95 (`cargo +1.95 …`), or choose the version of `public-api` in tests/Cargo.toml that reads \
         {format}, and change FORMAT in {}",
        rustc(),
        file!()
    );
    let found = listed(&documented);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/public-api.txt");
    if env::var_os("FIXTURED_BLESS").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let wanted = fs::read_to_string(&path).unwrap_or_default();
    let changes = changes(&wanted, &found);
    assert!(
        found == wanted,
        "the public API has changed:\n{changes}FIXTURED_BLESS=1 accepts it as it is"
    );
}

/// Has rustdoc describe the crate with all its features, and returns the file.
fn documented() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("public-api");
    let mut cargo = Command::new(env!("CARGO"));
    cargo
        .args(["rustdoc", "--quiet", "--offline", "--package", "fixtured"])
        .args(["--lib", "--all-features", "--target-dir"])
        .arg(&target)
        .args(["--", "-Z", "unstable-options", "--output-format", "json"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        // The format is not stable, and here nobody relies on it: if it is another one, the test says so.
        .env("RUSTC_BOOTSTRAP", "1")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTDOCFLAGS");
    let output = cargo.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{cargo:?}\n{errors}");
    target.join("doc/fixtured.json")
}

fn rustc() -> String {
    let output = Command::new("rustc").arg("--version").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().into()
}

/// The items, one a line. Of traits it says who implements them, not how; of automatic ones, who does not.
fn listed(documented: &Path) -> String {
    let builder = Builder::from_rustdoc_json(documented).omit_blanket_impls(true);
    let api = builder.build().unwrap();
    let mut text = String::new();
    let mut known = BTreeSet::new();
    let mut inside = None;
    for line in api.items().map(ToString::to_string) {
        let shown = if line.starts_with("impl") {
            inside = implementor(&line).map(|name| format!(" {name}::"));
            let is = |name: &&str| line.contains(&format!("{name} for "));
            !AUTOMATIC.iter().any(is) || line.contains(" !")
        } else {
            inside.as_ref().is_none_or(|inside| !line.contains(inside))
        };
        // What is exported twice has its items twice, and an implementation stands beside the type and beside the trait.
        if shown && known.insert(line.clone()) {
            writeln!(text, "{line}").unwrap();
        }
    }
    text
}

/// The type that a line says to implement a trait.
fn implementor(line: &str) -> Option<&str> {
    let (_, of) = line.split_once(" for ")?;
    of.split(" where ").next()
}

/// The traits that a type has unless something in it lacks them, and what the compiler adds to `PartialEq`.
const AUTOMATIC: [&str; 8] = [
    "core::marker::Freeze",
    "core::marker::Send",
    "core::marker::StructuralPartialEq",
    "core::marker::Sync",
    "core::marker::Unpin",
    "core::marker::UnsafeUnpin",
    "core::panic::unwind_safe::RefUnwindSafe",
    "core::panic::unwind_safe::UnwindSafe",
];

/// The lines that one text has and the other has not.
fn changes(before: &str, after: &str) -> String {
    let [old, new] = [before, after].map(|text| text.lines().collect::<BTreeSet<_>>());
    let gone = old.difference(&new).map(|line| format!("- {line}\n"));
    let come = new.difference(&old).map(|line| format!("+ {line}\n"));
    gone.chain(come).collect()
}
