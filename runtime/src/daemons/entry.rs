//! What is known about a daemon of the list.

use super::options::About;
use crate::launch::Launch;

/// One daemon of the list.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its names; the first is the primary one.
    pub names: &'static [&'static str],
    /// Its name in prose.
    pub title: &'static str,
    /// What each test gets.
    pub gets: &'static str,
    /// Returns its launch without options.
    pub launch: fn() -> Launch,
    /// Returns its options.
    pub options: fn() -> Vec<About>,
    /// Returns its launch with these options: pairs of name and value. The value of a switch is empty.
    pub configured: Configured,
}

/// Builds a launch from options, or returns what is wrong with them.
pub type Configured = fn(&[(&str, &str)]) -> Result<Launch, String>;

impl Entry {
    /// Its primary name.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// A one-line description.
    pub fn about(&self) -> String {
        format!("{}: each test gets {}", self.title, self.gets)
    }
}
