//! A file, once read.

use super::script::Script;

/// A file that was read.
#[derive(Debug)]
pub(super) struct Source {
    /// Its path below the directory, with `/` between its parts; empty if the user named a file.
    pub(super) name: String,
    /// Its path as messages show it.
    pub(super) shown: String,
    pub(super) text: String,
}

impl Source {
    /// The name without the directories.
    pub(super) fn base(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }

    /// All of it.
    pub(super) fn whole(self) -> Script {
        Script::whole(self.shown, self.text)
    }
}

#[cfg(test)]
impl From<(&str, &str)> for Source {
    fn from((name, text): (&str, &str)) -> Self {
        Self {
            name: name.into(),
            shown: format!("m/{name}"),
            text: text.into(),
        }
    }
}
