//! Options as texts: what the command line makes of a definition's methods.

use crate::daemon::Daemon;

/// A daemon that can be configured by texts.
pub trait Options: Daemon + Default + 'static {
    /// Its options, in the order in which help shows them.
    const OPTIONS: &'static [Opt<Self>];
}

/// One option of a daemon of the type `D`.
#[derive(Debug)]
pub struct Opt<D: 'static> {
    /// What is known about it.
    pub about: About,
    set: Set<D>,
}

/// What is known about an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct About {
    /// Its name: words with hyphens between them.
    pub name: &'static str,
    /// What its value is, in capitals; a switch has none.
    pub value: Option<&'static str>,
    /// What it does, as the end of a sentence that starts with the daemon.
    pub text: &'static str,
    /// What pifpaf takes when it is not given.
    pub as_pifpaf: Option<&'static str>,
}

#[derive(Debug)]
enum Set<D> {
    Flag(fn(D) -> D),
    Port(fn(D, u16) -> D),
    Text(fn(D, &str) -> Result<D, String>),
}

impl<D> Opt<D> {
    /// A switch.
    pub const fn flag(name: &'static str, text: &'static str, set: fn(D) -> D) -> Self {
        Self::new(name, None, text, Set::Flag(set))
    }

    /// A port.
    pub const fn port(name: &'static str, text: &'static str, set: fn(D, u16) -> D) -> Self {
        Self::new(name, Some("PORT"), text, Set::Port(set))
    }

    /// Any text, which may be wrong.
    pub const fn text(
        name: &'static str,
        value: &'static str,
        text: &'static str,
        set: fn(D, &str) -> Result<D, String>,
    ) -> Self {
        Self::new(name, Some(value), text, Set::Text(set))
    }

    /// What pifpaf takes when the option is not given.
    pub const fn as_pifpaf(mut self, value: &'static str) -> Self {
        self.about.as_pifpaf = Some(value);
        self
    }

    const fn new(
        name: &'static str,
        value: Option<&'static str>,
        text: &'static str,
        set: Set<D>,
    ) -> Self {
        let as_pifpaf = None;
        Self {
            about: About {
                name,
                value,
                text,
                as_pifpaf,
            },
            set,
        }
    }

    fn apply(&self, daemon: D, value: &str) -> Result<D, String> {
        let name = self.about.name;
        match self.set {
            Set::Flag(set) => match value {
                "" => Ok(set(daemon)),
                _ => Err(format!("`--{name}` takes no value")),
            },
            Set::Port(set) => match value.parse() {
                Ok(port) if port > 0 => Ok(set(daemon, port)),
                _ => Err(format!(
                    "`--{name} {value}`: a port is a number from 1 to 65535"
                )),
            },
            Set::Text(set) => {
                set(daemon, value).map_err(|wrong| format!("`--{name} {value}`: {wrong}"))
            }
        }
    }
}

/// A daemon with these options set, each a name and its value; that of a switch is empty.
pub(super) fn configured<D: Options>(options: &[(&str, &str)]) -> Result<D, String> {
    options
        .iter()
        .try_fold(D::default(), |daemon, (name, value)| {
            match D::OPTIONS.iter().find(|option| option.about.name == *name) {
                Some(option) => option.apply(daemon, value),
                None => {
                    let names = D::OPTIONS.iter().map(|option| option.about.name);
                    let known = names.collect::<Vec<_>>().join("`, `--");
                    Err(format!(
                        "there is no option `--{name}`; there are `--{known}`"
                    ))
                }
            }
        })
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
                "there is no option `--prot`; there are `--port`, `--",
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
        ] {
            let error = configured::<Redis>(&[(name, value)]).unwrap_err();
            assert!(error.starts_with(wanted), "{error}");
        }
        assert!(configured::<Redis>(&[("port", "6379"), ("password", "x")]).is_ok());
    }
}
