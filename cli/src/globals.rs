//! The options that concern all commands.

use std::path::PathBuf;

use clap::builder::EnumValueParser;
use clap::{Arg, ArgAction, ArgMatches, ColorChoice, Command, ValueHint};

use crate::called_as::CalledAs;
use crate::failure::Failure;
use crate::switch::switch;

/// Above the options that do not belong to one command.
pub(crate) const GENERAL: &str = "General options";

/// What the user said that concerns all commands.
#[derive(Clone, Debug)]
pub(crate) struct Globals {
    pub(crate) called_as: CalledAs,
    /// What the names of exported variables begin with.
    pub(crate) prefix: String,
    /// The variable that lists the URLs of nested runs.
    pub(crate) urls: String,
    pub(crate) verbose: bool,
    pub(crate) quiet: bool,
    /// Whether to show everything that daemons print.
    pub(crate) debug: bool,
    /// A file that gets all messages too.
    pub(crate) log_file: Option<PathBuf>,
    pub(crate) color: ColorChoice,
    /// Whether this process is the one in the background.
    pub(crate) background: bool,
    /// Whether the user has named the variable for URLs.
    names_urls: bool,
}

/// Adds the options to the program, so that they can stand before and after any command.
pub(crate) fn define(program: Command, called_as: CalledAs) -> Command {
    let prefix = called_as.prefix();
    let option = |name: &'static str, value: &'static str, text: String| {
        Arg::new(name)
            .long(name)
            .value_name(value)
            .help(text)
            .global(true)
    };
    let switch = |name, help| switch(name, help).global(true);
    let prefixed = format!("Prefix the names of exported variables with this [default: {prefix}]");
    let urls = format!("Append URLs to this variable, separated by `;` [default: {prefix}_URLS]");
    let log_file = "Also write all messages to this file".into();
    program
        .arg(
            Arg::new("background")
                .long("background")
                .hide(true)
                .action(ArgAction::SetTrue),
        )
        .next_help_heading(GENERAL)
        .arg(option("env-prefix", "PREFIX", prefixed).short('e'))
        .arg(option("global-urls-variable", "NAME", urls).short('g'))
        .arg(
            switch("verbose", "Print more messages")
                .short('v')
                .overrides_with("quiet"),
        )
        .arg(
            switch("quiet", "Print only errors")
                .short('q')
                .overrides_with("verbose"),
        )
        .arg(switch("debug", "Show the output of the daemons"))
        .arg(
            option("log-file", "PATH", log_file)
                .value_parser(clap::value_parser!(PathBuf))
                .value_hint(ValueHint::FilePath),
        )
        .arg(
            option("color", "WHEN", "Color messages".into())
                .value_parser(EnumValueParser::<ColorChoice>::new())
                .default_value("auto"),
        )
}

impl Globals {
    /// Returns whether a prefix chosen by the user has a separate list of URLs, in addition to the common one.
    pub(crate) fn lists_urls_of_prefix(&self) -> bool {
        !self.names_urls && self.prefix != self.called_as.prefix()
    }

    /// Checks that these can be names of variables.
    pub(crate) fn check(&self) -> Result<(), Failure> {
        for (option, name) in [
            ("env-prefix", &self.prefix),
            ("global-urls-variable", &self.urls),
        ] {
            let letter = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
            if !name.chars().all(letter)
                || name.starts_with(|first: char| first.is_ascii_digit())
                || name.is_empty()
            {
                let rule = "expected letters, digits and `_`, not starting with a digit";
                return Err(Failure::usage(format!(
                    "invalid value `{name}` for `--{option}`: {rule}"
                )));
            }
        }
        Ok(())
    }

    /// Reads them.
    pub(crate) fn of(called_as: CalledAs, matches: &ArgMatches) -> Self {
        let text = |name: &str| matches.get_one::<String>(name).cloned();
        let prefix = text("env-prefix").unwrap_or_else(|| called_as.prefix().into());
        Self {
            called_as,
            urls: text("global-urls-variable")
                .unwrap_or_else(|| format!("{}_URLS", called_as.prefix())),
            prefix,
            verbose: matches.get_flag("verbose"),
            quiet: matches.get_flag("quiet"),
            debug: matches.get_flag("debug"),
            log_file: matches.get_one("log-file").cloned(),
            background: matches.get_flag("background"),
            names_urls: text("global-urls-variable").is_some(),
            color: matches
                .get_one("color")
                .copied()
                .unwrap_or(ColorChoice::Auto),
        }
    }
}
