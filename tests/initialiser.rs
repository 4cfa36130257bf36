//! A copy of a test binary that does not become the supervisor must end, not multiply.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fixtured::daemons::Program;
use fixtured::{Acquire, SimpleExecutor};
use fixtured_tests::{
    Scratch, eventually, marked, scratch_directory, supervisor_of, without_runner,
};

/// Where each run of a test is noted.
const RUNS: &str = "INITIALISER_RUNS";

/// The subject: a test that starts something, for copies of this binary.
#[test]
#[ignore = "it is run by the other tests, in a copy of this binary"]
fn starts() {
    note("starts");
    let error = SimpleExecutor::new("sleep 1000").start().map(drop);
    if let Err(error) = error {
        panic!("{error}");
    }
}

/// The subject's neighbour, which a copy that is not diverted would run again.
#[test]
fn notes() {
    note("notes");
}

fn note(what: &str) {
    if let Some(runs) = std::env::var_os(RUNS) {
        let mut runs = fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(runs)
            .unwrap();
        writeln!(runs, "{what}").unwrap();
    }
}

/// Takes the static initialisers from a program, as a linker does that drops them: the size of their list in the dynamic section
/// becomes zero (elf(5)).
fn without_initialisers(program: &Path, copy: &Path) {
    const DYNAMIC: u64 = 2;
    const INIT_ARRAYSZ: u64 = 27;
    let mut bytes = fs::read(program).unwrap();
    let number = |bytes: &[u8], at: usize, size: usize| {
        let mut number = [0; 8];
        number[..size].copy_from_slice(&bytes[at..at + size]);
        u64::from_le_bytes(number)
    };
    assert!(
        bytes.starts_with(b"\x7fELF\x02\x01"),
        "64 bits, lowest first"
    );
    let headers = number(&bytes, 0x20, 8) as usize;
    let (size, count) = (number(&bytes, 0x36, 2), number(&bytes, 0x38, 2));
    let mut changed = 0;
    for header in (0..count).map(|nth| headers + (nth * size) as usize) {
        if number(&bytes, header, 4) == DYNAMIC {
            let start = number(&bytes, header + 8, 8) as usize;
            let end = start + number(&bytes, header + 32, 8) as usize;
            for entry in (start..end).step_by(16) {
                if number(&bytes, entry, 8) == INIT_ARRAYSZ {
                    bytes[entry + 8..entry + 16].fill(0);
                    changed += 1;
                }
            }
        }
    }
    assert_eq!(changed, 1);
    fs::write(copy, bytes).unwrap();
    fs::set_permissions(copy, fs::Permissions::from_mode(0o755)).unwrap();
}

/// This test binary, or a copy of it without initialisers, run outside of any test run. All that it starts is marked by the directory.
fn run(program: &Path, scratch: &Scratch, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    without_runner(&mut command);
    command
        .args(arguments)
        .env(RUNS, scratch.join("runs"))
        .env("FIXTURED_DIR", scratch.join("here"));
    command.output().unwrap()
}

fn this() -> PathBuf {
    std::env::current_exe().unwrap()
}

fn runs(scratch: &Scratch) -> String {
    fs::read_to_string(scratch.join("runs")).unwrap_or_default()
}

#[test]
fn without_initialisers_one_error_and_nothing_else() {
    let scratch = scratch_directory("initialiser").unwrap();
    let copy = scratch.join("copy");
    without_initialisers(&this(), &copy);
    fs::create_dir(scratch.join("here")).unwrap();
    let output = run(&copy, &scratch, &["--include-ignored", "starts"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(!output.status.success(), "{text}");
    assert!(
        text.contains(
            "cannot start the supervisor (this program, run again): the static initialiser of the crate `fixtured` has not run in \
             this process"
        ),
        "{text}"
    );
    assert_eq!(runs(&scratch), "starts\n");
    assert!(fs::read_dir(scratch.join("here")).unwrap().next().is_none());
    eventually("no process is left", || {
        marked(&scratch.display().to_string())
            .is_empty()
            .then_some(())
    });
}

/// The arguments of a supervisor, with which a test harness runs no test.
#[test]
fn a_copy_that_is_not_diverted_runs_no_test() {
    let sleep = Program::new("sleep 1000").start().unwrap();
    let supervisor = supervisor_of(sleep.log().parent().unwrap()).unwrap();
    let arguments: Vec<_> = supervisor.command.split(' ').skip(1).collect();
    let arguments: Vec<_> = arguments.into_iter().filter(|it| !it.is_empty()).collect();
    let scratch = scratch_directory("undiverted").unwrap();
    let output = run(&this(), &scratch, &arguments);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{arguments:?}: {text}");
    assert!(text.contains("running 0 tests"), "{arguments:?}: {text}");
    assert_eq!(runs(&scratch), "");
}
