//! Client libraries of Python.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::process::Command;

/// What this Python code prints, which knows nothing but these environment variables, and has the packages that `tests/provision` puts into
/// the virtual environment of this name.
///
/// # Panics
///
/// If it fails.
pub fn python(environment: &str, variables: &BTreeMap<String, String>, code: &str) -> String {
    let home = env::var_os("HOME").unwrap_or_default();
    let environments = Path::new(&home).join(".local/share/fixtured");
    let python = environments.join(environment).join("bin/python3");
    let mut command = Command::new(&python);
    let output = command
        .args(["-c", code])
        .env_clear()
        .envs(variables)
        .output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", python.display()));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{code}\n{errors}");
    String::from_utf8_lossy(&output.stdout).trim_end().into()
}
