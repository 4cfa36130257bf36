//! What tells whether files have changed, without reading them.

use std::fs::Metadata;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// A digest of the names of files and of what the system knows about them: where they are, how long, and when they were changed. Whoever
/// sees other files, in another container for example, gets another one. It is the 64-bit FNV-1a hash, the same in every build.
#[derive(Debug)]
pub(crate) struct Stamp(pub(crate) u64);

impl Stamp {
    /// Of no files.
    pub(crate) fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    /// One more file.
    pub(crate) fn add(&mut self, name: &Path, found: &Metadata) {
        self.bytes(name.as_os_str().as_bytes());
        // No name contains it.
        self.bytes(&[0]);
        let times = [
            found.mtime(),
            found.mtime_nsec(),
            found.ctime(),
            found.ctime_nsec(),
        ];
        let place = [found.dev(), found.ino(), found.size()];
        let numbers = place.into_iter().chain(times.map(i64::cast_unsigned));
        numbers.for_each(|number| self.bytes(&number.to_le_bytes()));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_hash_that_it_is_named_after() {
        let mut stamp = Stamp::new();
        stamp.bytes(b"foobar");
        assert_eq!(stamp.0, 0x8594_4171_f739_67e8);
    }
}
