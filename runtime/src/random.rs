//! Randomness that nobody can guess.

use std::fs::File;
use std::io::{self, Read};

/// Random bytes from the system.
pub(crate) fn bytes<const COUNT: usize>() -> io::Result<[u8; COUNT]> {
    let mut bytes = [0; COUNT];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// A random word of hexadecimal digits, two for each byte.
pub(crate) fn word<const BYTES: usize>() -> io::Result<String> {
    let bytes = bytes::<BYTES>()?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}
