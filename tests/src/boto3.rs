//! boto3, the client of S3 that most people use.

use std::collections::BTreeMap;

use crate::python;

/// What this Python code prints, in which `s3` is a client that knows nothing but these environment variables.
///
/// # Panics
///
/// If it fails.
pub fn boto3(variables: &BTreeMap<String, String>, code: &str) -> String {
    let code = format!("import boto3\ns3 = boto3.client('s3')\n{code}");
    python("boto3", variables, &code)
}
