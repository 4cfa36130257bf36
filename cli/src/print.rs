//! Data for whoever reads standard output.

use std::io::Write;

/// Prints to standard output. A reader that has gone away, such as `head`, has seen enough.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
