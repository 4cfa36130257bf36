//! The environment that programs are found and run in.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// Variables by name; neither need be text.
pub type Environment = BTreeMap<OsString, OsString>;

/// The environment of this process.
pub fn environment() -> Environment {
    std::env::vars_os().collect()
}
