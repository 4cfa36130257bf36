//! Names the five hundred tests.

use std::path::PathBuf;
use std::{env, fs};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    let names: Vec<_> = (1..=500).map(|number| format!("t{number:03}")).collect();
    let directory = PathBuf::from(env::var_os("OUT_DIR").ok_or("not run by cargo")?);
    fs::write(
        directory.join("names.rs"),
        format!("tests! {{ {} }}\n", names.join(" ")),
    )?;
    Ok(())
}
