//! Options as texts: what the command line makes of a definition's declaration.

use super::slot::Slot;
use crate::daemon::Daemon;

/// A daemon that is [declared](super::declare).
pub(crate) trait Options: Daemon + Default + 'static {
    /// What it is called in prose.
    const TITLE: &'static str;
    /// What each test gets.
    const GETS: &'static str;

    /// Its options, in the order in which help shows them.
    fn options() -> Vec<Opt<Self>>;
}

/// What a declaration says of an option.
pub(super) struct Declared {
    pub(super) name: &'static str,
    pub(super) help: &'static str,
    pub(super) value: Option<&'static str>,
    pub(super) pifpaf: Option<&'static str>,
}

/// What is known about an option.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// Its name on the command line.
    pub name: &'static str,
    /// What its value is, in capitals; a switch has none.
    pub value: Option<&'static str>,
    /// What it does: an imperative sentence without its period.
    pub text: String,
    /// What pifpaf takes when it is not given.
    pub as_pifpaf: Option<&'static str>,
}

/// One option of a daemon of the type `D`.
pub(crate) struct Opt<D> {
    /// What is known about it.
    pub(super) about: About,
    set: Set<D>,
}

/// Sets an option from a text.
type Set<D> = Box<dyn Fn(&mut D, &str) -> Result<(), String>>;

impl<D: 'static> Opt<D> {
    pub(super) fn new<S: Slot + 'static>(declared: Declared, slot: fn(&mut D) -> &mut S) -> Self {
        let about = About {
            name: declared.name,
            value: declared.value.or(S::SHOWN),
            text: plain(declared.help),
            as_pifpaf: declared.pifpaf,
        };
        let set = Box::new(move |daemon: &mut D, text: &str| slot(daemon).read(text));
        Self { about, set }
    }
}

/// A sentence of the documentation as it is shown elsewhere: without its period, and of links only the text.
fn plain(help: &str) -> String {
    let mut plain = String::new();
    let mut rest = help.trim();
    while let Some((before, after)) = rest.split_once('[') {
        let link = after.split_once(']').and_then(|(text, after)| {
            let target = after.strip_prefix('(').and_then(|it| it.split_once(')'));
            match target {
                Some((_, after)) => Some((text, after)),
                None => text.starts_with('`').then_some((text, after)),
            }
        });
        let (text, after) = link.unwrap_or(("[", after));
        plain = plain + before + text;
        rest = after;
    }
    plain += rest;
    plain.strip_suffix('.').unwrap_or(&plain).into()
}

/// A daemon with these options set, each a name and its value; that of a switch is empty.
pub(super) fn configured<D: Options>(options: &[(&str, &str)]) -> Result<D, String> {
    let known = D::options();
    let mut daemon = D::default();
    for (name, value) in options {
        let Some(option) = known.iter().find(|option| option.about.name == *name) else {
            let names = known.iter().map(|option| option.about.name);
            let names = names.collect::<Vec<_>>().join("`, `--");
            return Err(format!(
                "unknown option `--{name}`, expected one of `--{names}`"
            ));
        };
        (option.set)(&mut daemon, value).map_err(|wrong| match *value {
            "" => format!("`--{name}`: {wrong}"),
            _ => format!("`--{name} {value}`: {wrong}"),
        })?;
    }
    Ok(daemon)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemons::Redis;

    #[test]
    fn a_wrong_option_says_what_is_right() {
        for (name, value, wanted) in [
            (
                "prot",
                "1",
                "unknown option `--prot`, expected one of `--port`, `--",
            ),
            (
                "port",
                "x",
                "`--port x`: a port is a number from 1 to 65535",
            ),
            (
                "port",
                "0",
                "`--port 0`: a port is a number from 1 to 65535",
            ),
            ("sentinel", "x", "`--sentinel x`: it takes no value"),
        ] {
            let error = configured::<Redis>(&[(name, value)]).err().unwrap();
            assert!(error.starts_with(wanted), "{error}");
        }
        assert!(configured::<Redis>(&[("port", "6379"), ("password", "x")]).is_ok());
    }

    #[test]
    fn help_has_no_links() {
        for (help, wanted) in [
            ("Do it.", "Do it"),
            (
                "Enable [streams](https://x.y/z) and `a[0]`, e.g. [this](Self::x).",
                "Enable streams and `a[0]`, e.g. this",
            ),
        ] {
            assert_eq!(plain(help), wanted);
        }
    }
}
