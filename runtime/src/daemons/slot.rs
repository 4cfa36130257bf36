//! Where a definition keeps an option, and how the command line sets it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use super::file::{located, read};
use super::period::Period;
use crate::launch::Launch;

/// Where an option is kept: a switch is on or off, others are set or not, or add up.
pub(super) trait Slot {
    /// What it takes.
    type Value;
    /// What help calls its value; a switch has none.
    const SHOWN: Option<&'static str>;

    /// Sets it, or adds one more.
    fn put(&mut self, value: impl Into<Self::Value>);

    /// Sets it from a text, or says what is wrong with the text.
    fn read(&mut self, text: &str) -> Result<(), String>;
}

/// A type that a text can be read as.
pub(super) trait FromText: Sized {
    /// What help calls it.
    const SHOWN: &'static str;

    /// Reads it, or says what is wrong.
    fn from_text(text: &str) -> Result<Self, String>;
}

impl FromText for String {
    const SHOWN: &'static str = "TEXT";

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(text.into())
    }
}

impl FromText for PathBuf {
    const SHOWN: &'static str = "PATH";

    fn from_text(text: &str) -> Result<Self, String> {
        Ok(located(text))
    }
}

impl FromText for u64 {
    const SHOWN: &'static str = "NUMBER";

    fn from_text(text: &str) -> Result<Self, String> {
        text.parse().map_err(|_| "it is not a number".into())
    }
}

impl FromText for u16 {
    const SHOWN: &'static str = "PORT";

    fn from_text(text: &str) -> Result<Self, String> {
        let port = text.parse().ok().filter(|port| *port > 0);
        port.ok_or_else(|| "a port is a number from 1 to 65535".into())
    }
}

impl Slot for bool {
    type Value = bool;
    const SHOWN: Option<&'static str> = None;

    fn put(&mut self, value: impl Into<bool>) {
        *self = value.into();
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        *self = true;
        match text {
            "" => Ok(()),
            _ => Err("it takes no value".into()),
        }
    }
}

impl<T: FromText> Slot for Option<T> {
    type Value = T;
    const SHOWN: Option<&'static str> = Some(T::SHOWN);

    fn put(&mut self, value: impl Into<T>) {
        *self = Some(value.into());
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        *self = Some(T::from_text(text)?);
        Ok(())
    }
}

/// One text a time; they add up.
impl Slot for Vec<String> {
    type Value = String;
    const SHOWN: Option<&'static str> = Some("TEXT");

    fn put(&mut self, value: impl Into<String>) {
        self.push(value.into());
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        self.push(text.into());
        Ok(())
    }
}

/// Several names a time; they add up. On the command line, commas separate them.
#[derive(Clone, Debug, Default)]
pub(super) struct Names(pub(super) Vec<String>);

impl Names {
    /// The names of a list.
    pub(super) fn of<T: Into<String>>(names: impl IntoIterator<Item = T>) -> Vec<String> {
        names.into_iter().map(Into::into).collect()
    }
}

impl Slot for Names {
    type Value = Vec<String>;
    const SHOWN: Option<&'static str> = Some("NAMES");

    fn put(&mut self, value: impl Into<Vec<String>>) {
        self.0.extend(value.into());
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        self.0.extend(text.split(',').map(Into::into));
        Ok(())
    }
}

/// Settings of a server, by name. On the command line each is `NAME=VALUE`.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings(pub(super) BTreeMap<String, String>);

impl Settings {
    /// One setting.
    pub(super) fn one(name: impl Into<String>, value: impl Into<String>) -> Vec<(String, String)> {
        vec![(name.into(), value.into())]
    }

    /// As options of a command line: `--NAME=VALUE`, or `--NAME` where the value is empty.
    pub(super) fn as_arguments(&self) -> impl Iterator<Item = String> {
        let settings = self.0.iter();
        settings.map(|(name, value)| match value.as_str() {
            "" => format!("--{name}"),
            value => format!("--{name}={value}"),
        })
    }
}

impl Slot for Settings {
    type Value = Vec<(String, String)>;
    const SHOWN: Option<&'static str> = Some("NAME=VALUE");

    fn put(&mut self, value: impl Into<Self::Value>) {
        self.0.extend(value.into());
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
        self.put(Self::one(name, value));
        Ok(())
    }
}

/// What files say, which are read when they are named; they add up.
#[derive(Clone, Debug, Default)]
pub(super) struct FileTexts(Vec<Result<String, String>>);

impl FileTexts {
    /// All that could be read.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(String::as_str)
    }

    /// What is wrong with the first that could not be read; this option named it.
    pub(super) fn problem(&self, option: &str) -> Option<String> {
        let problem = self.0.iter().find_map(|text| text.as_ref().err())?;
        Some(format!("`{option}`: {problem}"))
    }
}

impl Slot for FileTexts {
    type Value = PathBuf;
    const SHOWN: Option<&'static str> = Some("PATH");

    fn put(&mut self, value: impl Into<PathBuf>) {
        self.0.push(read(&value.into()));
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        self.0.push(Ok(read(&located(text))?));
        Ok(())
    }
}

/// How long something may take, if the user has said.
#[derive(Clone, Debug, Default)]
pub(super) struct Timeout(Option<Result<Duration, String>>);

impl Timeout {
    /// The launch with this limit for its start; with its own if there is none.
    pub(super) fn limit(&self, launch: Launch) -> Launch {
        match &self.0 {
            None => launch,
            Some(Ok(timeout)) => launch.timeout(*timeout),
            Some(Err(problem)) => launch.invalid(Some(problem)),
        }
    }
}

impl Slot for Timeout {
    type Value = Result<Duration, String>;
    const SHOWN: Option<&'static str> = Some("TIME");

    fn put(&mut self, value: impl Into<Self::Value>) {
        self.0 = Some(value.into());
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        self.0 = Some(Ok(text.duration()?));
        Ok(())
    }
}
