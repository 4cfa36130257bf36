//! The name under which the program was called.

use std::path::Path;

/// As which program we were called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CalledAs {
    /// Ourselves.
    Fixtured,
    /// pifpaf, whose variables, default ports and messages are wanted then.
    Pifpaf,
}

impl CalledAs {
    /// As which program this process was called: a link of that name is enough.
    pub(crate) fn now() -> Self {
        let word = std::env::args_os().next().unwrap_or_default();
        match Path::new(&word)
            .file_name()
            .is_some_and(|name| name == "pifpaf")
        {
            true => Self::Pifpaf,
            false => Self::Fixtured,
        }
    }

    /// The program's name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fixtured => "fixtured",
            Self::Pifpaf => "pifpaf",
        }
    }

    /// What the names of exported variables begin with, unless the user says otherwise.
    pub(crate) fn prefix(self) -> &'static str {
        match self {
            Self::Fixtured => "FIXTURED",
            Self::Pifpaf => "PIFPAF",
        }
    }
}
