//! Certificates that a test makes with `openssl`.

use std::path::{Path, PathBuf};

use crate::{Scratch, client, scratch_directory};

/// A certificate authority, and what it has certified, in files.
#[derive(Debug)]
pub struct Authority(Scratch);

impl Authority {
    /// A new one, for the test of this name.
    ///
    /// # Panics
    ///
    /// If its files cannot be made.
    pub fn new(name: &str) -> Self {
        let scratch = scratch_directory(&format!("authority-{name}")).unwrap();
        let (key, certificate) = files(&scratch, "authority");
        openssl(
            "req -x509 -subj /CN=authority",
            &[("keyout", &key), ("out", &certificate)],
        );
        Self(scratch)
    }

    /// The authority's own certificate.
    #[must_use]
    pub fn itself(&self) -> PathBuf {
        files(&self.0, "authority").1
    }

    /// A key, and the certificate for it.
    ///
    /// # Panics
    ///
    /// If they cannot be made.
    #[must_use]
    pub fn certify(&self, name: &str) -> (PathBuf, PathBuf) {
        let (key, certificate) = files(&self.0, name);
        let (of_authority, authority) = files(&self.0, "authority");
        let made = [
            ("keyout", &key),
            ("out", &certificate),
            ("CA", &authority),
            ("CAkey", &of_authority),
        ];
        openssl(&format!("req -x509 -subj /CN={name}"), &made);
        (key, certificate)
    }
}

fn files(dir: &Path, name: &str) -> (PathBuf, PathBuf) {
    let file = |ending| dir.join(format!("{name}.{ending}"));
    (file("key"), file("pem"))
}

/// Runs openssl, which makes a new key.
fn openssl(words: &str, files: &[(&str, &PathBuf)]) {
    let new = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 2";
    let mut args: Vec<_> = words
        .split(' ')
        .chain(new.split(' '))
        .map(String::from)
        .collect();
    for (option, file) in files {
        args.extend([format!("-{option}"), file.display().to_string()]);
    }
    client(
        "openssl",
        &args.iter().map(String::as_str).collect::<Vec<_>>(),
    );
}
