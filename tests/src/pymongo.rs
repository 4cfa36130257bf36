//! PyMongo, MongoDB's own client.

use std::env;
use std::path::{Path, PathBuf};

use super::client;

/// The directory in which `tests/provision` installs it, with a server that speaks its protocol.
pub fn nx_27017() -> PathBuf {
    let home = env::var_os("HOME").unwrap_or_default();
    Path::new(&home).join(".local/share/fixtured/nx-27017/bin")
}

/// What this Python code prints, in which `client` is one of the server at this URL, and `db` the database that the URL names.
///
/// # Panics
///
/// If it fails.
pub fn pymongo(url: &str, code: &str) -> String {
    let python = nx_27017().join("python3");
    let client_of = "import pymongo, sys\nclient = pymongo.MongoClient(sys.argv[1], serverSelectionTimeoutMS=20000)\ndb = client.get_default_database()\n";
    client(
        &python.display().to_string(),
        &["-c", &format!("{client_of}{code}"), url],
    )
}
