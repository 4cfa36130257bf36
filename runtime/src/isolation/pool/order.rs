//! A database that a test has the background thread make.

/// What becomes of it.
#[derive(Debug, Default)]
pub(super) enum Order {
    /// No test waits for one.
    #[default]
    Nothing,
    /// A test waits for one, by this name if it is not being made already.
    Expected(String),
    /// It is there, under this name.
    Made(String),
    /// It could not be made.
    Failed,
}

impl Order {
    /// The name, as long as it is waited for.
    pub(super) fn name(&self) -> Option<String> {
        match self {
            Self::Expected(name) => Some(name.clone()),
            _ => None,
        }
    }
}
