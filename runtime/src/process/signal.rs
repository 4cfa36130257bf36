//! Signals by name, and how a process is ended.

use std::time::Duration;

use nix::sys::signal::Signal;

use crate::error::Invalid;
use crate::launch::Stop;

/// How a process is ended, in numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Kill {
    pub(crate) signal: i32,
    pub(crate) then: i32,
    pub(crate) grace: Duration,
}

impl Kill {
    /// Ends everything at once.
    pub(crate) const NOW: Self = Self {
        signal: Signal::SIGKILL as i32,
        then: Signal::SIGKILL as i32,
        grace: Duration::ZERO,
    };

    /// Translates what a launch says; an unknown signal is an error that names it.
    pub(crate) fn new(stop: &Stop) -> Result<Self, String> {
        Ok(Self {
            signal: number(&stop.signal)?,
            then: number(&stop.kill_signal)?,
            grace: stop.grace,
        })
    }

    /// The same within a shorter time.
    pub(crate) fn within(self, grace: Duration) -> Self {
        Self {
            grace: self.grace.min(grace),
            ..self
        }
    }
}

/// The number of a signal given as `SIGTERM`, `TERM` or `15`.
pub(crate) fn number(name: &str) -> Result<i32, String> {
    let long = if name.starts_with("SIG") {
        name.to_owned()
    } else {
        format!("SIG{name}")
    };
    let by_number = || Signal::try_from(name.parse::<i32>().ok()?).ok();
    let signal = long.parse().ok().or_else(by_number);
    signal
        .map(|signal: Signal| signal as i32)
        .ok_or_else(|| Invalid::Signal(name).into())
}

/// A number that says how a process ends: an exit status, or a signal as a negative number.
pub(crate) fn returncode(code: i32) -> Result<i32, String> {
    match code {
        -64..=255 => Ok(code),
        _ => Err(Invalid::ReturnCode(code).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_names_and_numbers() {
        for name in ["SIGINT", "INT", "2"] {
            assert_eq!(number(name), Ok(2), "{name}");
        }
        assert_eq!(
            number("SIGFOO"),
            Err("unknown signal `SIGFOO`, expected e.g. `SIGINT`".into())
        );
    }
}
