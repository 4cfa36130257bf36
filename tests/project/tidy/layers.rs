//! The layers of the runtime.

use super::workspace::{code, read, runtime};

/// The modules of the runtime from the lowest layer to the highest, as ARCHITECTURE.md has them.
const LAYERS: [&[&str]; 6] = [
    &["launch", "error", "deadline", "lock", "random"],
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
        "migrations",
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
        "outage",
        "reset",
        "wire",
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
