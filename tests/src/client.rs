//! Client programs that are not ours.

use std::process::Command;

/// What a client program prints to standard output, without the end of the last line.
///
/// # Panics
///
/// If it cannot be run or does not end well.
pub fn client(program: &str, args: &[&str]) -> String {
    let output = Command::new(program).args(args).output();
    let output = output.unwrap_or_else(|error| panic!("{program}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).trim_end().into()
}
