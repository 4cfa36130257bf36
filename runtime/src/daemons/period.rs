//! Durations as users write them.

use std::time::Duration;

/// A duration: a [`Duration`], or a string such as `"500ms"`, `"30s"`, `"2m"`, `"1h"`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a duration",
    label = "expected a text with a unit or a `Duration`",
    note = "write `\"5s\"` or `Duration::from_secs(5)`"
)]
pub trait Period {
    /// Parses the duration. An error is a message for the user.
    #[doc(hidden)]
    fn duration(self) -> Result<Duration, String>;
}

impl Period for Duration {
    fn duration(self) -> Result<Duration, String> {
        Ok(self)
    }
}

impl Period for &str {
    fn duration(self) -> Result<Duration, String> {
        let digits = self.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
        let number = digits.trim_end().parse::<u64>().ok();
        let unit = match self.get(digits.len()..) {
            Some("ms") => Some(1),
            Some("s") => Some(1000),
            Some("m") => Some(60_000),
            Some("h") => Some(3_600_000),
            _ => None,
        };
        let milliseconds = number
            .zip(unit)
            .and_then(|(number, unit)| number.checked_mul(unit));
        milliseconds.map(Duration::from_millis).ok_or_else(|| {
            format!("invalid duration `{self}`, expected e.g. `500ms`, `30s` or `2m`")
        })
    }
}

impl Period for &String {
    fn duration(self) -> Result<Duration, String> {
        self.as_str().duration()
    }
}

impl Period for String {
    fn duration(self) -> Result<Duration, String> {
        self.as_str().duration()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_have_units() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("30s", 30_000),
            ("2m", 120_000),
            ("1h", 3_600_000),
        ] {
            assert_eq!(text.duration(), Ok(Duration::from_millis(milliseconds)));
        }
    }
}
