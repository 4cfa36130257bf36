//! What names a daemon outside its definition.

use std::collections::BTreeSet;

use fixtured::__command_line::ALL;

use super::workspace::{code, files, read};

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
