//! Options that are one of several, by name.

use std::fmt::Debug;

use super::slot::Slot;

/// One of several, by name.
pub(super) trait Choices: Copy + Debug + Default + PartialEq + 'static {
    /// What they are, such as `isolation`.
    const WHAT: &'static str;
    /// All of them with their names.
    const ALL: &'static [(&'static str, Self)];
}

/// What the user has chosen by name.
#[derive(Clone, Debug)]
pub(super) struct Choice<T>(Result<T, String>);

impl<T: Default> Default for Choice<T> {
    fn default() -> Self {
        Self(Ok(T::default()))
    }
}

impl<T: Choices> Choice<T> {
    /// What was chosen; the default if that is unknown.
    pub(super) fn get(&self) -> T {
        self.0.as_ref().copied().unwrap_or_default()
    }

    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<&str> {
        self.0.as_ref().err().map(String::as_str)
    }

    fn named(name: &str) -> Result<T, String> {
        let found = T::ALL.iter().find(|(known, _)| *known == name);
        found.map(|(_, it)| *it).ok_or_else(|| {
            let names = T::ALL.iter().map(|(name, _)| format!("\"{name}\""));
            let names: Vec<_> = names.collect();
            let (what, names) = (T::WHAT, listed(&names));
            format!("unknown {what} `{name}`, expected {names}")
        })
    }
}

/// Alternatives as a sentence has them: `a, b or c`.
fn listed(names: &[String]) -> String {
    match names {
        [some @ .., last] if !some.is_empty() => format!("{} or {last}", some.join(", ")),
        all => all.concat(),
    }
}

impl<T: Choices> Slot for Choice<T> {
    type Value = String;
    const SHOWN: Option<&'static str> = Some("NAME");

    fn put(&mut self, value: impl Into<String>) {
        self.0 = Self::named(&value.into());
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        self.0 = Ok(Self::named(text)?);
        Ok(())
    }
}
