//! The table of the page and the tests are the same.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::Path;
use std::process::Command;

use fixtured::__command_line::ALL;
use fixtured_tests::HEAVY;

/// One row of the table: one client of one or more daemons.
struct Row {
    daemons: Vec<String>,
    /// The crate, and what it is tried with beside the defaults.
    client: String,
    version: String,
    accessor: String,
    code: String,
}

impl Row {
    fn read(line: &str) -> Option<Self> {
        let line = line.strip_prefix("| `")?;
        let cells: Vec<_> = line.trim_end_matches('|').split(" | ").collect();
        let plain = |cell: &str| cell.trim().replace('`', "");
        let [daemons, client, version, accessor, code] = cells[..] else {
            panic!("{line}");
        };
        Some(Self {
            daemons: plain(daemons).split(", ").map(Into::into).collect(),
            client: plain(client),
            version: plain(version),
            accessor: plain(accessor),
            code: plain(code),
        })
    }

    /// The last word of the test's name.
    fn test(&self) -> String {
        self.client
            .to_lowercase()
            .replace(", ", "_")
            .replace('-', "_")
    }
}

fn rows() -> Vec<Row> {
    let page = read("../../docs/rust-clients.md");
    page.lines().filter_map(Row::read).collect()
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn each_cell_is_a_test_and_each_test_a_cell() {
    let me = env::current_exe().unwrap();
    let list = Command::new(me)
        .args(["--list", "--format", "terse"])
        .output()
        .unwrap();
    let list = String::from_utf8(list.stdout).unwrap();
    let tests = list.lines().filter_map(|line| {
        let path = line.strip_suffix(": test")?;
        let daemon = path.trim_start_matches("heavy::").split("::").next()?;
        let client = path.rsplit("::").next()?;
        Some(format!("{daemon}::{client}"))
    });
    let is_cell = |test: &String| {
        !["table::", "existing::"]
            .iter()
            .any(|it| test.starts_with(it))
    };
    let tests: BTreeSet<_> = tests.filter(is_cell).collect();
    let cells = rows().into_iter().flat_map(|row| {
        let client = row.test();
        let cell = move |daemon| format!("{daemon}::{client}");
        row.daemons.into_iter().map(cell)
    });
    let cells: Vec<_> = cells.collect();
    assert_eq!(cells.iter().cloned().collect::<BTreeSet<_>>(), tests);
    assert_eq!(cells.len(), tests.len(), "a row stands twice");
}

#[test]
fn each_row_says_what_its_test_does() {
    let manifest = read("Cargo.toml");
    let squeezed = |text: &str| text.split_whitespace().collect::<String>();
    for row in rows() {
        let (name, test) = (row.client.split(", ").next().unwrap(), row.test());
        let pinned = format!("\n{name} = {{ version = \"{}\"", row.version);
        assert!(manifest.contains(&pinned), "the version of {name}");
        for daemon in &row.daemons {
            let known = ALL.iter().any(|entry| entry.name() == daemon);
            assert!(known, "{daemon} is no daemon");
            let source = source(daemon);
            let (_, function) = source.split_once(&format!("fn {test}(")).unwrap();
            let (function, _) = function.split_once("\n}").unwrap();
            let accessors = [
                format!("{}: ", row.accessor),
                format!(".{}()", row.accessor),
            ];
            let is_used = accessors.iter().any(|used| function.contains(used));
            assert!(is_used, "{daemon}, {test}: {}", row.accessor);
            let does = squeezed(function).contains(&squeezed(&row.code));
            assert!(does, "{daemon}, {test}: {}", row.code);
        }
    }
}

/// The tests of a daemon.
fn source(daemon: &str) -> String {
    let heavy = if HEAVY.contains(&daemon) {
        "heavy/"
    } else {
        ""
    };
    let own = read(&format!("tests/clients/{heavy}{daemon}.rs"));
    match own.split_once("#[path = \"") {
        Some((_, shared)) => {
            let shared = shared.split('"').next().unwrap();
            read(&format!("tests/clients/{shared}"))
        }
        None => own,
    }
}
