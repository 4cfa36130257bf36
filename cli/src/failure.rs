//! What ends the program badly.

use std::process::ExitCode;

/// Why the program could not do what it was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    /// What to say; nothing if that has been done, or if the user knows.
    message: Option<String>,
    code: u8,
}

impl Failure {
    /// What was asked for cannot be done.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::with_code(1, message)
    }

    /// What was asked for makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::with_code(2, message)
    }

    /// A failure with this exit code.
    pub(crate) fn with_code(code: u8, message: impl Into<String>) -> Self {
        Self {
            message: Some(message.into()),
            code,
        }
    }

    /// The program was interrupted by this signal.
    pub(crate) fn interrupted(signal: i32) -> Self {
        Self::silent(128_u8.saturating_add(u8::try_from(signal).unwrap_or_default()))
    }

    /// There is nothing more to say.
    pub(crate) fn silent(code: u8) -> Self {
        Self {
            message: None,
            code,
        }
    }

    /// What to say.
    pub(crate) fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// The exit code of the program.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl From<fixtured::Error> for Failure {
    fn from(error: fixtured::Error) -> Self {
        Self::new(error.to_string())
    }
}
