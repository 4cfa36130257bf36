//! The limit that an error means.

use std::io;

/// The same error, with the limit that was reached, if it is one.
pub(crate) fn with_limit(error: io::Error) -> io::Error {
    error
}
