//! The environment of a client, byte for byte.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

pub(super) type Variables = BTreeMap<OsString, OsString>;

/// The environment of this process.
pub(super) fn environment() -> Variables {
    std::env::vars_os().collect()
}

/// Writes names and values in turn, each as its length in four bytes and then as it is.
pub(super) fn write(all: &Variables, to: &mut Vec<u8>) -> io::Result<()> {
    for text in all.iter().flat_map(|(name, value)| [name, value]) {
        let length = u32::try_from(text.len()).map_err(io::Error::other)?;
        to.extend_from_slice(&length.to_be_bytes());
        to.extend_from_slice(text.as_bytes());
    }
    Ok(())
}

/// Reads what [`write`] writes.
pub(super) fn read(written: &[u8]) -> io::Result<Variables> {
    let (mut rest, mut all) = (written, Variables::new());
    while !rest.is_empty() {
        let (name, value) = (next(&mut rest)?, next(&mut rest)?);
        all.insert(name, value);
    }
    Ok(all)
}

fn next(rest: &mut &[u8]) -> io::Result<OsString> {
    let split = || {
        let (length, after) = rest.split_first_chunk()?;
        after.split_at_checked(u32::from_be_bytes(*length) as usize)
    };
    let (text, after) = split().ok_or(io::ErrorKind::InvalidData)?;
    *rest = after;
    Ok(OsString::from_vec(text.into()))
}
