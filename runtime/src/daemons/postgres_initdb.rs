//! The programs of PostgreSQL, and making an installation in a locale.

use super::slot::Slot;
use crate::launch::{Command, Software};

/// Runs `initdb`: which options it takes for a locale depends on its version, and which locales there are on the machine.
const SCRIPT: &str = include_str!("postgres_initdb.sh");

/// The options of `initdb`. A small write-ahead log is faster to copy.
const OPTIONS: [&str; 7] = [
    "-A",
    "trust",
    "-U",
    "postgres",
    "--encoding=UTF8",
    "--no-sync",
    "--wal-segsize=1",
];

/// What a locale may be provided by.
const PROVIDERS: [&str; 3] = ["libc", "icu", "builtin"];

/// The server and `initdb`, where distributions have them.
pub(super) fn software(version: Option<&str>) -> Software {
    Software::new("postgres", ["postgres", "initdb"])
        .search_paths([
            "/usr/lib/postgresql/*/bin",
            "/usr/pgsql-*/bin",
            "/usr/local/pgsql*/bin",
            "/opt/homebrew/opt/postgresql*/bin",
        ])
        .version(version)
        .apt("postgresql")
        .brew("postgresql@17")
}

/// The locale of databases: `[PROVIDER:]NAME`.
#[derive(Clone, Debug)]
pub(super) struct Locale(Result<(&'static str, String), String>);

/// All letters are letters, and texts are sorted by code point.
impl Default for Locale {
    fn default() -> Self {
        Self(Ok(("", "C.UTF-8".into())))
    }
}

impl Locale {
    /// Makes an installation in the directory `template`.
    pub(super) fn initdb(&self, template: &str) -> Command {
        let command = Command::new("initdb", ["-D", template])
            .args(OPTIONS)
            .script(SCRIPT)
            .as_root("postgres");
        match &self.0 {
            Ok((provider, name)) => command.envs([("PROVIDER", *provider), ("LOCALE", name)]),
            Err(_) => command,
        }
    }

    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<&str> {
        self.0.as_ref().err().map(String::as_str)
    }

    fn named(text: &str) -> Result<(&'static str, String), String> {
        let (provider, name) = match text.split_once(':') {
            Some(named) => named,
            // Every version has it, by one provider or another.
            None if text == "C.UTF-8" => return Ok(("", text.into())),
            None => ("libc", text),
        };
        let wrong = |why: &str| format!("invalid locale `{text}`: {why}");
        let known = PROVIDERS.iter().find(|known| **known == provider);
        let provider = known
            .ok_or_else(|| wrong("expected `libc:`, `icu:` or `builtin:` before the colon"))?;
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "_-.@=;,".contains(letter);
        match !name.is_empty() && name.chars().all(is_plain) {
            true => Ok((*provider, name.into())),
            false => Err(wrong(
                "expected a name such as `de_DE.UTF-8` or `icu:de-DE`",
            )),
        }
    }
}

impl Slot for Locale {
    type Value = String;
    const SHOWN: Option<&'static str> = Some("LOCALE");

    fn put(&mut self, value: impl Into<String>) {
        self.0 = Self::named(&value.into());
    }

    fn read(&mut self, text: &str) -> Result<(), String> {
        self.0 = Ok(Self::named(text)?);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_may_name_its_provider() {
        for (text, wanted) in [
            ("C.UTF-8", Ok(("", "C.UTF-8"))),
            ("C", Ok(("libc", "C"))),
            ("ca_ES.UTF-8@valencia", Ok(("libc", "ca_ES.UTF-8@valencia"))),
            ("libc:C.UTF-8", Ok(("libc", "C.UTF-8"))),
            ("icu:und-u-ks-level2", Ok(("icu", "und-u-ks-level2"))),
            ("builtin:C", Ok(("builtin", "C"))),
            ("glibc:C", Err("expected `libc:`, `icu:` or `builtin:`")),
            ("icu:", Err("expected a name such as")),
            ("", Err("expected a name such as")),
            ("de'; DROP", Err("invalid locale `de'; DROP`: expected")),
        ] {
            let found = Locale::named(text);
            match (&found, wanted) {
                (Ok((provider, name)), Ok(wanted)) => assert_eq!((*provider, &**name), wanted),
                (Err(problem), Err(wanted)) => assert!(problem.contains(wanted), "{problem}"),
                _ => panic!("{text}: {found:?}"),
            }
        }
    }
}
