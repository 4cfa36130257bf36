//! Every message to the user.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::end::{End, LogTail};

/// All that can go wrong; it travels from the supervisor to the client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Cause {
    NotInstalled {
        name: String,
        program: String,
        searched: Vec<String>,
        /// The version that is wanted, and what there is of others.
        version: Option<String>,
        others: Vec<String>,
        get: Option<Get>,
    },
    AlreadyRunning {
        name: String,
        what: String,
        command: String,
        /// Who is there instead.
        holder: Option<String>,
    },
    Spawn {
        name: String,
        command: String,
        reason: String,
    },
    Exited {
        name: String,
        command: String,
        end: End,
        log: LogTail,
    },
    Finished {
        name: String,
        command: String,
        end: End,
        log: LogTail,
    },
    NotReady {
        name: String,
        command: String,
        after: Duration,
        missing: String,
        stopped: String,
        log: LogTail,
    },
    NotFound {
        name: String,
        after: Duration,
        missing: String,
    },
    Check {
        name: String,
        command: String,
        reason: String,
        log: LogTail,
    },
    Isolate {
        name: String,
        statement: String,
        reason: String,
        log: LogTail,
    },
    Invalid {
        name: String,
        problem: String,
    },
    SessionEnded {
        why: String,
    },
    Io {
        doing: String,
        reason: String,
    },
}

/// How to get a program that is missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Get {
    /// The commands that install it, the usual one first.
    pub(crate) install: Vec<String>,
    pub(crate) variable: String,
    /// Whether the variable is set, and so wrong.
    pub(crate) set: bool,
}

impl Cause {
    pub(crate) fn io(doing: impl Into<String>, reason: impl Display) -> Self {
        Self::Io {
            doing: doing.into(),
            reason: reason.to_string(),
        }
    }
}

impl Display for Cause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInstalled {
                name,
                program,
                searched,
                version,
                others,
                get,
            } => {
                write!(f, "cannot start `{name}`: `{program}`")?;
                match version {
                    Some(version) if !others.is_empty() => {
                        write!(
                            f,
                            " of version {version} is not there: {}",
                            others.join(", ")
                        )?;
                    }
                    _ => write!(f, " is not {}", in_words(searched))?,
                }
                let Some(Get {
                    install,
                    variable,
                    set,
                }) = get
                else {
                    return Ok(());
                };
                if let Some((first, others)) = install.split_first() {
                    write!(f, "\n  install: {first}")?;
                    if !others.is_empty() {
                        write!(f, "        (or: {})", others.join(", or: "))?;
                    }
                }
                match set {
                    true => write!(f, "\n  or unset {variable}, or set it to /path/to/bin"),
                    false => write!(f, "\n  or set:  {variable}=/path/to/bin"),
                }
            }
            Self::AlreadyRunning {
                name,
                what,
                command,
                holder,
            } => {
                write!(f, "cannot start `{name}`: {what}\n  command: {command}")?;
                if let Some(holder) = holder {
                    write!(f, "\n  there:   {holder}")?;
                }
                write!(
                    f,
                    "\n  to do:   stop what is there, or let `{{port}}` choose a free port"
                )
            }
            Self::Spawn {
                name,
                command,
                reason,
            } => {
                write!(f, "cannot start `{name}`: {reason}\n  command: {command}")
            }
            Self::Exited {
                name,
                command,
                end,
                log,
            } => {
                let nothing = match end {
                    End::Code(0) => ", and nothing of it was left",
                    _ => "",
                };
                write!(
                    f,
                    "`{name}` exited before it was ready: {end}{nothing}\n  command: {command}{log}"
                )
            }
            Self::Finished {
                name,
                command,
                end,
                log,
            } => {
                write!(
                    f,
                    "`{name}` did not end well when it was stopped: {end}\n  command: {command}{log}"
                )
            }
            Self::NotReady {
                name,
                command,
                after,
                missing,
                stopped,
                log,
            } => {
                write!(
                    f,
                    "`{name}` was not ready after {}: {missing}",
                    seconds(*after)
                )?;
                write!(f, "\n  command: {command}\n  stopped: {stopped}{log}")
            }
            Self::NotFound {
                name,
                after,
                missing,
            } => {
                write!(
                    f,
                    "`{name}` was not there after {}: {missing}",
                    seconds(*after)
                )?;
                write!(f, "\n  to do:   start it, or give a command that does")
            }
            Self::Check {
                name,
                command,
                reason,
                log,
            } => {
                write!(
                    f,
                    "cannot tell whether `{name}` is ready: {reason}\n  command: {command}{log}"
                )
            }
            Self::Isolate {
                name,
                statement,
                reason,
                log,
            } => {
                write!(
                    f,
                    "`{name}` runs, but a test could not get its own part of it: {reason}"
                )?;
                write!(f, "\n  request: {statement}{log}")
            }
            Self::Invalid { name, problem } => write!(f, "cannot start `{name}`: {problem}"),
            Self::SessionEnded { why } => write!(f, "the test run has ended: {why}"),
            Self::Io { doing, reason } => write!(f, "cannot {doing}: {reason}"),
        }
    }
}

fn in_words(places: &[String]) -> String {
    match places {
        [] => "there".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{duration:.1?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(cause: Cause, wanted: &str) {
        assert_eq!(cause.to_string(), wanted);
    }

    fn log(lines: &[&str]) -> LogTail {
        LogTail {
            path: "/site/log".into(),
            lines: lines.iter().map(ToString::to_string).collect(),
        }
    }

    #[test]
    fn a_missing_program_says_how_to_get_it() {
        let get = Get {
            install: vec![
                "apt install postgresql".into(),
                "brew install postgresql@17".into(),
            ],
            variable: "FIXTURED_POSTGRES_BIN".into(),
            set: false,
        };
        check(
            Cause::NotInstalled {
                name: "postgres".into(),
                program: "initdb".into(),
                searched: vec!["on PATH".into(), "in /usr/lib/postgresql/*/bin".into()],
                version: None,
                others: Vec::new(),
                get: Some(get),
            },
            "cannot start `postgres`: `initdb` is not on PATH or in /usr/lib/postgresql/*/bin\n  \
             install: apt install postgresql        (or: brew install postgresql@17)\n  \
             or set:  FIXTURED_POSTGRES_BIN=/path/to/bin",
        );
    }

    #[test]
    fn an_exit_shows_command_and_log() {
        check(
            Cause::Exited {
                name: "redis".into(),
                command: "redis-server --port 21037".into(),
                end: End::Code(1),
                log: log(&["bind: Address already in use"]),
            },
            "`redis` exited before it was ready: exit status 1\n  command: redis-server --port 21037\n  \
             log:     /site/log\n    | bind: Address already in use",
        );
    }

    #[test]
    fn a_deadline_says_what_was_missing_and_what_was_stopped() {
        check(
            Cause::NotReady {
                name: "api".into(),
                command: "target/debug/api --port 21040".into(),
                after: Duration::from_secs(10),
                missing: r"GET http://127.0.0.1:21040/health: status 503, wanted 2\d\d".into(),
                stopped: "pid 4242 and its descendants".into(),
                log: log(&[]),
            },
            "`api` was not ready after 10 s: GET http://127.0.0.1:21040/health: status 503, wanted 2\\d\\d\n  \
             command: target/debug/api --port 21040\n  stopped: pid 4242 and its descendants\n  \
             log:     /site/log (empty)",
        );
    }

    #[test]
    fn something_else_there_says_what() {
        check(
            Cause::AlreadyRunning {
                name: "api".into(),
                what: "127.0.0.1:8080 accepted a connection before it was started".into(),
                command: "api".into(),
                holder: Some("pid 4242: python3 -m http.server".into()),
            },
            "cannot start `api`: 127.0.0.1:8080 accepted a connection before it was started\n  command: api\n  \
             there:   pid 4242: python3 -m http.server\n  to do:   stop what is there, or let `{port}` choose a free port",
        );
    }

    #[test]
    fn the_others_are_one_sentence() {
        check(
            Cause::Invalid {
                name: "api".into(),
                problem: "no".into(),
            },
            "cannot start `api`: no",
        );
        check(
            Cause::SessionEnded {
                why: "its runner is gone".into(),
            },
            "the test run has ended: its runner is gone",
        );
        check(
            Cause::io("create `/x`", "No space left on device"),
            "cannot create `/x`: No space left on device",
        );
        check(
            Cause::Spawn {
                name: "api".into(),
                command: "api".into(),
                reason: "Permission denied".into(),
            },
            "cannot start `api`: Permission denied\n  command: api",
        );
    }

    #[test]
    fn ends_are_named() {
        assert_eq!(End::Signal(9).to_string(), "killed by SIGKILL");
        assert_eq!(End::Code(3).to_string(), "exit status 3");
    }
}
