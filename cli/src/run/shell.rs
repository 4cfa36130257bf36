//! Variables and functions in the syntax of a shell.

use std::collections::BTreeMap;

use super::variable::Variables;
use crate::called_as::CalledAs;

/// A shell, as far as its syntax is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shell {
    /// That of POSIX, which bash and zsh understand too.
    Posix,
    Fish,
}

/// What a shell is told.
#[derive(Debug)]
pub(crate) struct Told<'a> {
    pub(crate) called_as: CalledAs,
    pub(crate) prefix: &'a str,
    /// The names of the daemons, for the prompt.
    pub(crate) daemons: &'a str,
    pub(crate) variables: &'a Variables,
    /// What those of them were that the shell has exported before.
    pub(crate) before: &'a BTreeMap<String, String>,
    /// This program.
    pub(crate) program: &'a str,
}

impl Shell {
    /// The shell of this name.
    pub(crate) fn named(name: &str) -> Self {
        match name {
            "fish" => Self::Fish,
            _ => Self::Posix,
        }
    }

    /// The text that the shell evaluates: variables, and a function that ends the daemons and takes everything back.
    ///
    /// Line breaks stand only where a blank would do as well, so that an unquoted `` eval `…` `` works too.
    pub(crate) fn text(self, told: &Told<'_>) -> String {
        let Told {
            called_as,
            prefix,
            daemons,
            variables,
            before,
            program,
        } = told;
        let stop = format!("{}_stop", prefix.to_lowercase());
        let alias = format!("{}_stop", called_as.name());
        let functions = if stop == alias {
            stop.clone()
        } else {
            format!("{stop} {alias}")
        };
        let exports: String = variables
            .iter()
            .map(|(name, value)| self.export(name, value))
            .collect();
        let back = variables.keys().map(|name| match before.get(name) {
            Some(value) => self.export(name, value).trim_end().to_owned(),
            None => self.forget(name),
        });
        let back = back.collect::<Vec<_>>().join(" ");
        let program = self.quoted(program);
        let pid = format!("{prefix}_PID");
        let old = format!("{prefix}_OLD_PS1");
        let prompt = self.quoted(&format!("({}/{daemons}) ", called_as.name()));
        let nothing = format!("echo 'No PID found in ${pid}' >&2; return 1;");
        let mut text = exports;
        match self {
            Self::Posix => {
                let prompt = prompt.trim_end_matches('"');
                text += &format!("export {old}=\"${{PS1-}}\";\nPS1={prompt}${{PS1-}}\";\n");
                text += &format!(
                    "{stop} () {{ if test -z \"${{{pid}-}}\"; then {nothing} fi; \
                     {program} stop \"${pid}\" || kill \"${pid}\"; \
                     PS1=\"${old}\"; unset {old}; {back} unset -f {functions}; }};\n"
                );
                if alias != stop {
                    text += &format!("{alias} () {{ {stop}; }};\n");
                }
            }
            Self::Fish => {
                text += &format!(
                    "function {stop}; if test -z \"${pid}\"; {nothing} end; \
                     {program} stop ${pid}; or kill ${pid}; {back} \
                     if functions -q {old}; functions -e fish_prompt; functions -c {old} fish_prompt; functions -e {old}; end; \
                     functions -e {functions}; end;\n"
                );
                text += &format!(
                    "if status is-interactive; and functions -q fish_prompt; and not functions -q {old}; \
                     functions -c fish_prompt {old}; function fish_prompt; echo -n {prompt}; {old}; end; end;\n"
                );
                if alias != stop {
                    text += &format!("function {alias}; {stop}; end;\n");
                }
            }
        }
        text
    }

    fn export(self, name: &str, value: &str) -> String {
        match self {
            Self::Posix => format!("export {name}={};\n", self.quoted(value)),
            Self::Fish => format!("set -gx {name} {};\n", self.quoted(value)),
        }
    }

    fn forget(self, name: &str) -> String {
        match self {
            Self::Posix => format!("unset {name};"),
            Self::Fish => format!("set -e {name};"),
        }
    }

    /// A text in double quotes, in which only few letters mean something.
    fn quoted(self, text: &str) -> String {
        let special = match self {
            Self::Posix => "\\\"$`",
            Self::Fish => "\\\"$",
        };
        let letters = text.chars().flat_map(|letter| {
            let escape = special.contains(letter).then_some('\\');
            escape.into_iter().chain([letter])
        });
        format!("\"{}\"", letters.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_to_a_shell_is_escaped() {
        let nasty = "a \"b\" $c `d` \\e\n'f' *";
        assert_eq!(
            Shell::Posix.quoted(nasty),
            "\"a \\\"b\\\" \\$c \\`d\\` \\\\e\n'f' *\""
        );
        assert_eq!(
            Shell::Fish.quoted(nasty),
            "\"a \\\"b\\\" \\$c `d` \\\\e\n'f' *\""
        );
    }
}
