//! Daemons that this machine does not have.

use std::env;
use std::path::Path;
use std::process::Command;

use fixtured::__command_line::{Entry, environment, locate};
use fixtured::launch::Software;

/// Those that `tests/provision` cannot install: in each line a name and the reason.
const UNPACKAGED: &str = include_str!("../unpackaged");

/// Returns whether the tests of a daemon that need its programs are left out, since it is not installed: where `tests/provision` cannot install
/// it, or with `FIXTURED_MISSING=skip`.
pub fn is_left_out(daemon: &Entry) -> bool {
    let skips = env::var("FIXTURED_MISSING").is_ok_and(|how| how == "skip");
    let may_be = skips || unpackaged().any(|name| name == daemon.name());
    let environment = environment();
    let is_there =
        |software: &Software| locate(daemon.name(), software, &environment, &said).is_ok();
    may_be
        && !(daemon.launch)()
            .ways()
            .any(|way| way.software.iter().all(is_there))
}

fn unpackaged() -> impl Iterator<Item = &'static str> {
    UNPACKAGED.lines().filter_map(|line| line.split(' ').next())
}

/// What a program says when it is asked for its version.
fn said(program: &Path, software: &Software) -> String {
    let output = Command::new(program).args(&software.version_args).output();
    output.map_or_else(
        |_| String::new(),
        |output| String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_in_the_list() {
        for name in unpackaged() {
            assert!(Entry::named(name).is_some(), "{name}");
        }
    }
}
