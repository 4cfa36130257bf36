//! Rates as users write them.

use std::num::NonZeroU64;

/// A number of bytes per second: a `u64`, or a string such as `"500B/s"`, `"64KB/s"` (64,000 bytes), `"1MiB/s"` (1,048,576 bytes).
///
/// The units are `B`, `KB`, `MB`, `GB` and `KiB`, `MiB`, `GiB`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a rate",
    label = "expected a text with a unit or a number of bytes per second",
    note = "write `\"64KB/s\"` or `64_000`"
)]
pub trait Rate {
    /// Parses the rate. An error is a message for the user.
    #[doc(hidden)]
    fn bytes_per_second(self) -> Result<NonZeroU64, String>;
}

impl Rate for u64 {
    fn bytes_per_second(self) -> Result<NonZeroU64, String> {
        let nothing = || "at 0 bytes per second nothing passes; use `cut` for that".into();
        NonZeroU64::new(self).ok_or_else(nothing)
    }
}

impl Rate for &str {
    fn bytes_per_second(self) -> Result<NonZeroU64, String> {
        let amount = self.strip_suffix("/s").unwrap_or_default();
        let digits = amount.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let number = digits.trim_end().parse::<u64>().ok();
        let unit = match amount.get(digits.len()..) {
            Some("B") => Some(1),
            Some("KB") => Some(1000),
            Some("MB") => Some(1_000_000),
            Some("GB") => Some(1_000_000_000),
            Some("KiB") => Some(1 << 10),
            Some("MiB") => Some(1 << 20),
            Some("GiB") => Some(1 << 30),
            _ => None,
        };
        let bytes = number.zip(unit);
        let bytes = bytes.and_then(|(number, unit)| number.checked_mul(unit));
        let invalid = || format!("invalid rate `{self}`, expected e.g. `64KB/s` or `1MiB/s`");
        bytes.ok_or_else(invalid)?.bytes_per_second()
    }
}

impl Rate for &String {
    fn bytes_per_second(self) -> Result<NonZeroU64, String> {
        self.as_str().bytes_per_second()
    }
}

impl Rate for String {
    fn bytes_per_second(self) -> Result<NonZeroU64, String> {
        self.as_str().bytes_per_second()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_have_units() {
        for (text, wanted) in [
            ("500B/s", 500),
            ("64KB/s", 64_000),
            ("64 KiB/s", 65_536),
            ("1MiB/s", 1 << 20),
            ("2GB/s", 2_000_000_000),
        ] {
            assert_eq!(text.bytes_per_second().map(NonZeroU64::get), Ok(wanted));
        }
        assert_eq!(7.bytes_per_second().map(NonZeroU64::get), Ok(7));
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in [
            "",
            "64",
            "64KB",
            "64/s",
            "KB/s",
            "1.5MB/s",
            "64kb/s",
            "99999999999GB/s",
            "-1B/s",
        ] {
            let wanted = format!("invalid rate `{text}`, expected e.g. `64KB/s` or `1MiB/s`");
            assert_eq!(text.bytes_per_second(), Err(wanted));
        }
        let nothing = "at 0 bytes per second nothing passes; use `cut` for that";
        assert_eq!("0KB/s".bytes_per_second(), Err(nothing.into()));
    }
}
