//! boto3, the client of S3 that most people use.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;
use std::process::Command;

/// What this Python code prints, in which `s3` is a client that knows nothing but these environment variables.
///
/// # Panics
///
/// If it fails.
pub fn boto3(variables: &BTreeMap<String, String>, code: &str) -> String {
    let home = env::var_os("HOME").unwrap_or_default();
    let python = Path::new(&home).join(".local/share/fixtured/boto3/bin/python3");
    let output = Command::new(&python)
        .args([
            "-c",
            &format!("import boto3\ns3 = boto3.client('s3')\n{code}"),
        ])
        .env_clear()
        .envs(variables)
        .output();
    let output = output.unwrap_or_else(|error| panic!("{}: {error}", python.display()));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{code}\n{errors}");
    String::from_utf8_lossy(&output.stdout).trim_end().into()
}
