//! What is known about a daemon of the list.

use super::options::About;
use crate::launch::Launch;

/// One daemon of the list.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its names; the first is the usual one.
    pub names: &'static [&'static str],
    /// What it is called in prose.
    pub title: &'static str,
    /// What each test gets.
    pub gets: &'static str,
    /// What it launches without any options.
    pub launch: fn() -> Launch,
    /// Its options.
    pub options: fn() -> Vec<About>,
    /// What it launches with these options, each a name and its value, which for a switch is empty.
    pub configured: Configured,
}

/// Makes a launch of options, each a name and its value; or says what is wrong with them.
pub type Configured = fn(&[(&str, &str)]) -> Result<Launch, String>;

impl Entry {
    /// Its usual name.
    pub fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// What it is, in a line.
    pub fn about(&self) -> String {
        format!("{}: each test gets {}", self.title, self.gets)
    }
}
