//! What ends the program badly.

use std::process::ExitCode;

use crate::called_as::CalledAs;

/// Why the program could not do what it was asked for.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: String,
    pub(crate) code: u8,
}

impl Failure {
    /// What was asked for cannot be done.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: 1,
        }
    }

    /// What was asked for makes no sense.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: 2,
        }
    }

    /// Prints it and gives the exit code.
    pub(crate) fn report(self, called_as: CalledAs) -> ExitCode {
        eprintln!("{}: {}", called_as.name(), self.message);
        ExitCode::from(self.code)
    }
}

impl From<fixtured::Error> for Failure {
    fn from(error: fixtured::Error) -> Self {
        Self::new(error.to_string())
    }
}
