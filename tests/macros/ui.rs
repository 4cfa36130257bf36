//! What a user reads who makes a mistake in an attribute or an option: one mistake a file in `ui/`, its message
//! beside it.
//!
//! Each file is checked as a test target, because only there a `#[test]` function is type-checked at
//! all; it is why trybuild, which knows no test targets, does not serve here. Files named `ok_*` must
//! compile without a warning. `FIXTURED_BLESS=1` rewrites the messages; `FIXTURED_UI_RUNTIME` has
//! them checked against another `fixtured`.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that cannot go on has failed, in its functions too"
)]

use std::{
    collections::BTreeMap,
    env,
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

#[test]
fn every_mistake_has_its_message() {
    let ui = Path::new(env!("CARGO_MANIFEST_DIR")).join("ui");
    let files = files(&ui);
    let found = diagnostics(&scratch_package(&files));
    let bless = env::var_os("FIXTURED_BLESS").is_some();
    let wrong: String = files
        .iter()
        .filter_map(|(name, file)| {
            let found = found.get(name).map_or("", String::as_str);
            compare(name, file, &normalized(found, &ui), bless).err()
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{wrong}\nFIXTURED_BLESS=1 accepts the messages as they are"
    );
}

/// The ui files by the name of their test target.
fn files(ui: &Path) -> BTreeMap<String, PathBuf> {
    let entries = fs::read_dir(ui).unwrap().map(|entry| entry.unwrap().path());
    let sources = entries.filter(|path| path.extension() == Some(OsStr::new("rs")));
    sources
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .collect()
}

fn compare(name: &str, file: &Path, found: &str, bless: bool) -> Result<(), String> {
    let expected_file = file.with_extension("stderr");
    if name.starts_with("ok_") {
        return match found {
            "" => Ok(()),
            _ => Err(format!("\n{name} does not compile cleanly:\n{found}")),
        };
    }
    if !found.contains("error") {
        return Err(format!("\n{name} has no error, but should have:\n{found}"));
    }
    let mut places = found.lines().filter(|line| line.starts_with("  --> "));
    if places.next().is_none_or(|place| !place.contains("$DIR")) || found.contains("`declare`") {
        return Err(format!(
            "\n{name} blames something else than what the user wrote:\n{found}"
        ));
    }
    if bless {
        fs::write(&expected_file, found).unwrap();
        return Ok(());
    }
    let expected = fs::read_to_string(&expected_file).unwrap_or_default();
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "\n{name} has another message:\n{found}\n{} has:\n{expected}",
        expected_file.display()
    ))
}

/// A package of its own whose test targets are the ui files.
fn scratch_package(files: &BTreeMap<String, PathBuf>) -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let package = Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui-package");
    let runtime =
        env::var_os("FIXTURED_UI_RUNTIME").map_or_else(|| here.join("../runtime"), PathBuf::from);
    let runtime = runtime.canonicalize().unwrap();
    let targets: String = files
        .iter()
        .map(|(name, file)| format!("[[test]]\nname = {name:?}\npath = {file:?}\n\n"))
        .collect();
    let manifest = format!(
        r#"[package]
name = "ui"
version = "0.0.0"
edition = "2024"
autotests = false

[workspace]

[dev-dependencies]
fixtured = {{ path = {runtime:?} }}
tokio = {{ version = "1", default-features = false, features = ["macros", "rt"] }}

[[bin]]
name = "api"
path = "api.rs"

{targets}"#
    );
    fs::create_dir_all(&package).unwrap();
    fs::write(package.join("Cargo.toml"), manifest).unwrap();
    fs::write(package.join("api.rs"), "fn main() {}\n").unwrap();
    // The versions of the workspace, so that only messages can differ and nothing is downloaded.
    if let Ok(lock) = fs::read(here.join("../Cargo.lock")) {
        fs::write(package.join("Cargo.lock"), lock).unwrap();
    }
    package
}

/// What rustc says, by target.
fn diagnostics(package: &Path) -> BTreeMap<String, String> {
    let mut output = check(package, true);
    if !has_checked(&output) {
        output = check(package, false);
    }
    assert!(
        has_checked(&output),
        "cargo checked nothing: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut found = BTreeMap::<String, String>::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let message: serde_json::Value = serde_json::from_str(line).unwrap();
        let target = message["target"]["name"].as_str().unwrap_or_default();
        let rendered = message["message"]["rendered"].as_str().unwrap_or_default();
        // What rustc says of the whole target (`aborting due to …`) is no message of ours.
        let has_place = !message["message"]["spans"]
            .as_array()
            .is_none_or(Vec::is_empty);
        let said = found.entry(target.to_owned()).or_default();
        if has_place && !said.contains(rendered) {
            said.push_str(rendered);
        }
    }
    found
}

fn check(package: &Path, offline: bool) -> Output {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo
        .args(["check", "--tests", "--keep-going", "--quiet"])
        .arg("--message-format=json")
        .args(offline.then_some("--offline"))
        .current_dir(package)
        .env(
            "CARGO_TARGET_DIR",
            Path::new(env!("CARGO_TARGET_TMPDIR")).join("ui"),
        )
        // A message must not depend on how the workspace itself is being built.
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    cargo.output().unwrap()
}

/// Whether the check got as far as the targets, whatever it found there.
fn has_checked(output: &Output) -> bool {
    String::from_utf8_lossy(&output.stdout).contains("\"kind\":[\"test\"]")
}

/// The messages without what differs between machines and changes with the runtime's source, such as
/// paths, excerpts of it and the width of the line numbers.
fn normalized(found: &str, ui: &Path) -> String {
    let workspace = ui.join("../..").canonicalize().unwrap();
    let runtime = env::var("FIXTURED_UI_RUNTIME")
        .unwrap_or_else(|_| workspace.join("runtime").display().to_string());
    let found = found
        .replace(&ui.display().to_string(), "$DIR")
        .replace(&runtime, "$WORKSPACE/runtime")
        .replace(&workspace.display().to_string(), "$WORKSPACE");
    let mut text = String::new();
    let mut foreign = Foreign::No;
    for line in found.lines().map(str::trim_end) {
        foreign = foreign.after(line);
        let shown = match foreign {
            Foreign::No => with_even_margin(line),
            Foreign::Place => "  --> $ELSEWHERE".to_owned(),
            Foreign::Excerpt | Foreign::Implementors => continue,
        };
        text.push_str(&shown);
        text.push('\n');
    }
    text
}

/// Whether a line of a message is about source that is not the user's.
#[derive(Clone, Copy, PartialEq)]
enum Foreign {
    No,
    Place,
    Excerpt,
    /// Which types are daemons, and where, changes with every new daemon.
    Implementors,
}

impl Foreign {
    fn after(self, line: &str) -> Self {
        let start = line.trim_start();
        let is_place = start.starts_with("--> ") || start.starts_with("::: ");
        let is_excerpt = start.starts_with(['|', '.']) || margin_number(line).is_some();
        match self {
            _ if line.contains("the following other types implement trait") => Self::Implementors,
            Self::Implementors if !line.contains("note: ") && !line.is_empty() => self,
            _ if is_place && !line.contains("$DIR") => Self::Place,
            Self::Place | Self::Excerpt if is_excerpt => Self::Excerpt,
            _ => Self::No,
        }
    }
}

fn with_even_margin(line: &str) -> String {
    let start = line.trim_start();
    match margin_number(line) {
        Some(number) => format!("{number:>2}{}", &start[number.len()..]),
        None if start.starts_with("-->") || start.starts_with(":::") => format!("  {start}"),
        None if line.starts_with(' ') && start.starts_with(['|', '=']) => format!("   {start}"),
        None if line.starts_with(' ') => format!("           {start}"),
        None => line.to_owned(),
    }
}

/// The line number that an excerpt's line starts with.
fn margin_number(line: &str) -> Option<&str> {
    let start = line.trim_start();
    let end = start.find(|c: char| !c.is_ascii_digit())?;
    let (number, rest) = start.split_at(end);
    (end > 0 && rest.starts_with([' '])).then_some(number)
}
