//! The environment of a client, byte for byte.

use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use crate::process::Environment;

/// Writes names and values in turn.
pub(super) fn write(all: &Environment, to: &mut Vec<u8>) -> io::Result<()> {
    let mut texts = all.iter().flat_map(|(name, value)| [name, value]);
    texts.try_for_each(|text| write_bytes(text.as_bytes(), to))
}

/// Reads what [`write`] writes.
pub(super) fn read(mut written: &[u8]) -> io::Result<Environment> {
    let mut all = Environment::new();
    while !written.is_empty() {
        let [name, value] = [read_bytes(&mut written)?, read_bytes(&mut written)?];
        all.insert(
            OsString::from_vec(name.into()),
            OsString::from_vec(value.into()),
        );
    }
    Ok(all)
}

/// Writes how many they are, in four bytes, and then the bytes.
pub(super) fn write_bytes(bytes: &[u8], to: &mut Vec<u8>) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
    to.extend_from_slice(&length.to_be_bytes());
    to.extend_from_slice(bytes);
    Ok(())
}

/// Reads what [`write_bytes`] writes, and leaves the rest.
pub(super) fn read_bytes<'a>(rest: &mut &'a [u8]) -> io::Result<&'a [u8]> {
    let split = || {
        let (length, after) = rest.split_first_chunk()?;
        after.split_at_checked(u32::from_be_bytes(*length) as usize)
    };
    let (bytes, after) = split().ok_or(io::ErrorKind::InvalidData)?;
    *rest = after;
    Ok(bytes)
}
