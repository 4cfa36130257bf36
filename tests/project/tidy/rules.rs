//! The rules of this project that a program can check.

mod circles;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fixtured::__command_line::ALL;

#[path = "tidy/twice.rs"]
mod twice;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The files below a directory with this ending, with their paths from the root.
fn files(directory: &str, ending: &str) -> Vec<(String, String)> {
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
fn runtime() -> Vec<(String, String)> {
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
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .collect::<Vec<_>>()
        .join("\n")
}

/// The modules of the runtime from the lowest layer to the highest, as ARCHITECTURE.md has them.
const LAYERS: [&[&str]; 6] = [
    &["launch", "error", "deadline", "lock"],
    &[
        "daemon",
        "instance",
        "node",
        "hold",
        "state",
        "directory",
        "log",
        "port",
        "process",
        "connect",
    ],
    &[
        "software",
        "place",
        "template",
        "ready",
        "isolation",
        "daemons",
    ],
    &["startup"],
    &["supervisor"],
    &[
        "session",
        "acquire",
        "asynchronous",
        "executor",
        "fixture",
        "holding",
    ],
];

#[test]
fn imports_point_downwards() {
    let layer = |module: &str| LAYERS.iter().position(|layer| layer.contains(&module));
    let mut wrong = Vec::new();
    for (file, text) in runtime() {
        let module = file
            .strip_prefix("runtime/src/")
            .unwrap()
            .split(['/', '.'])
            .next()
            .unwrap();
        if module == "lib" {
            continue;
        }
        let own = layer(module)
            .unwrap_or_else(|| panic!("{file} is in no layer: add it here and in ARCHITECTURE.md"));
        for import in code(&text).split("crate::").skip(1) {
            let imported = import
                .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                .next()
                .unwrap();
            if layer(imported).is_some_and(|layer| layer > own) {
                wrong.push(format!("{file} imports {imported}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn architecture_lists_the_layers() {
    let architecture = read("ARCHITECTURE.md");
    for (number, modules) in LAYERS.iter().enumerate() {
        let line = architecture
            .lines()
            .find(|line| line.starts_with(&format!("{}. `", number + 1)))
            .unwrap();
        let listed: Vec<_> = line
            .split('`')
            .skip(1)
            .step_by(2)
            .map(|name| name.trim_end_matches('/'))
            .collect();
        assert_eq!(&listed, modules);
    }
}

#[test]
fn only_the_process_layer_is_unsafe_and_nobody_sleeps() {
    for (file, text) in runtime() {
        let code = code(&text);
        let of_process_layer = file.starts_with("runtime/src/process/");
        assert!(
            of_process_layer || !code.contains("unsafe {") && !code.contains("libc::"),
            "{file} has unsafe code or libc"
        );
        assert!(!code.contains("sleep("), "{file} sleeps");
    }
}

#[test]
fn one_file_knows_the_wire_format() {
    for (file, text) in runtime() {
        let reads = code(&text).contains("read_exact") && code(&text).contains("serde_json");
        assert!(
            !reads || file.ends_with("supervisor/protocol.rs"),
            "{file} reads messages"
        );
    }
}

#[test]
fn the_macros_and_the_command_line_know_no_daemon() {
    let all = ["macros/src", "cli/src"].into_iter();
    for (file, text) in all.flat_map(|directory| files(directory, "rs")) {
        for name in ALL.iter().flat_map(|daemon| daemon.names) {
            // A name goes on with another letter if it is only the beginning of a word.
            let start = format!("\"{name}");
            let ends = |rest: &str| !rest.starts_with(|letter: char| letter.is_alphanumeric());
            let named = code(&text).split(&start).skip(1).any(ends);
            assert!(!named, "{file} knows {name}");
        }
    }
}

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
fn the_software_of_no_single_daemon_is_in_the_readme() {
    let readme = read("README.md");
    let of = |name: &&str| format!("FIXTURED_{}_BIN", name.to_uppercase());
    let all = ALL.iter();
    let own: BTreeSet<_> = all.flat_map(|daemon| daemon.names.iter().map(of)).collect();
    for daemon in ALL {
        for software in (daemon.launch)().software {
            let variable = software.variable;
            assert!(
                own.contains(&variable) || readme.contains(&variable),
                "{variable}"
            );
        }
    }
}

#[test]
fn every_variable_is_in_the_readme() {
    let readme = read("README.md");
    let internal = ["FIXTURED_SUPERVISOR", "FIXTURED_STARTED_BY"];
    for (file, text) in runtime() {
        for variable in text
            .split('"')
            .filter(|word| word.starts_with("FIXTURED_") && !word.contains([' ', '{']))
        {
            let name = variable.split('=').next().unwrap();
            let documented = readme.contains(name)
                || internal.contains(&name)
                || code(&text).find(variable).is_none();
            assert!(documented, "{name} of {file} is not in the README");
        }
    }
}

#[test]
fn the_commands_of_the_readme_are_what_ci_runs() {
    let readme = read("README.md");
    let fences = readme.split("```sh\n").skip(1);
    let commands: Vec<_> = fences
        .flat_map(|fence| fence.split("```").next().unwrap().lines())
        .collect();
    assert_eq!(
        commands,
        [
            "FIXTURED_MISSING=skip cargo test -p fixtured-examples",
            "./tests/run"
        ]
    );
    let ci = read(".ci/run");
    assert!(
        commands
            .iter()
            .all(|command| ci.lines().any(|line| line == *command)),
        "{ci}"
    );
}

#[test]
fn the_changelog_has_this_version() {
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("CHANGELOG.md").contains(&format!("## {version}")));
    assert!(read("Cargo.toml").contains(&format!("version = \"={version}\"")));
}

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

#[test]
fn all_is_formatted() {
    let status = Command::new(env!("CARGO"))
        .args(["fmt", "--all", "--", "--check"])
        .current_dir(root())
        .status()
        .unwrap();
    assert!(status.success(), "run `cargo fmt --all`");
}
