//! The environment of a client, byte for byte.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

type Variables = BTreeMap<OsString, OsString>;

/// The environment of this process.
pub(super) fn environment() -> Variables {
    std::env::vars_os().collect()
}

/// Writes variables as texts, and those that are none as bytes.
pub(super) fn serialize<S: Serializer>(all: &Variables, to: S) -> Result<S::Ok, S::Error> {
    let mut texts = BTreeMap::new();
    let mut bytes = Vec::new();
    for (name, value) in all {
        match (name.to_str(), value.to_str()) {
            (Some(name), Some(value)) => drop(texts.insert(name, value)),
            _ => bytes.push((name.as_bytes(), value.as_bytes())),
        }
    }
    (texts, bytes).serialize(to)
}

/// Reads what [`serialize`] writes.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Variables, D::Error> {
    type Written = (BTreeMap<String, String>, Vec<(Vec<u8>, Vec<u8>)>);
    let (texts, bytes) = Written::deserialize(from)?;
    let texts = texts.into_iter();
    let mut all: Variables = texts
        .map(|(name, value)| (name.into(), value.into()))
        .collect();
    let bytes = bytes.into_iter();
    all.extend(bytes.map(|(name, value)| (OsString::from_vec(name), OsString::from_vec(value))));
    Ok(all)
}
