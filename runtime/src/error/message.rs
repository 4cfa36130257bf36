//! Every message to the user.

use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use super::cause::{Cause, Contact, Get, Unclean};
use super::end::{End, signal_name};
use super::log_tail::LogTail;

/// What is said about an error, in parts.
#[derive(Clone, Debug)]
pub struct Message {
    /// What failed, in one line.
    pub headline: String,
    /// What there is to say beside it, each with a label: the command, what to do.
    pub details: Vec<(&'static str, String)>,
    /// The end of the log.
    pub log: Option<LogTail>,
}

impl Message {
    pub(super) fn of(cause: &Cause) -> Self {
        Self {
            headline: headline(cause),
            details: details(cause),
            log: cause.log().cloned(),
        }
    }
}

fn headline(cause: &Cause) -> String {
    match cause {
        Cause::NotInstalled { name, .. }
        | Cause::Unusable { name, .. }
        | Cause::AlreadyRunning { name, .. }
        | Cause::Spawn { name, .. }
        | Cause::Invalid { name, .. } => format!("cannot start `{name}`: {}", reason(cause)),
        Cause::Exited { name, end, .. } => {
            let nothing = match end {
                End::Code(0) => ", and it left no process behind",
                _ => "",
            };
            format!(
                "`{name}` {} before it was ready: {end}{nothing}",
                died(*end)
            )
        }
        Cause::Finished { name, end, how, .. } => match how {
            Unclean::Before => format!("`{name}` {} before it was stopped: {end}", died(*end)),
            Unclean::Badly => format!("`{name}` did not stop cleanly: {end}"),
            Unclean::Late { signal, grace } => format!(
                "`{name}` did not stop within {} after {}: {end}",
                seconds(*grace),
                signal_name(*signal)
            ),
            Unclean::Still => format!("`{name}` could not be stopped"),
            Unclean::InPart => format!("`{name}` stopped, but some of its descendants did not"),
        },
        Cause::NotReady {
            name,
            after,
            missing,
            ..
        } => format!(
            "`{name}` was not ready after {}: {missing}",
            seconds(*after)
        ),
        Cause::NotFound {
            name,
            after,
            missing,
        } => format!(
            "`{name}` did not become reachable within {}: {missing}",
            seconds(*after)
        ),
        Cause::Check { name, reason, .. } => {
            format!("cannot tell whether `{name}` is ready: {reason}")
        }
        Cause::Isolate {
            name,
            part,
            whose,
            refused,
            after,
            ..
        } => refused.headline(name, part, *whose, &seconds(*after)),
        Cause::SessionEnded { why } => format!("the test run has ended: {why}"),
        Cause::NoAnswer {
            supervisor,
            after,
            is_stopped,
        } => {
            let state = match is_stopped {
                true => ": its process is stopped",
                false => "",
            };
            format!(
                "the supervisor (pid {supervisor}) did not answer within {}{state}",
                seconds(*after)
            )
        }
        Cause::Io { doing, reason } => format!("cannot {doing}: {reason}"),
        Cause::Remains { cause, .. } => headline(cause),
    }
}

/// Why something cannot be started, without its name.
pub(super) fn reason(cause: &Cause) -> String {
    match cause {
        Cause::NotInstalled {
            program,
            nor,
            searched,
            version,
            others,
            ..
        } => {
            let nor: String = nor.iter().map(|it| format!(", nor is `{it}`")).collect();
            match version {
                Some(version) if !others.is_empty() => format!(
                    "`{program}` version {version} is not installed{nor}: {}",
                    others.join(", ")
                ),
                _ => format!("`{program}` is not {}{nor}", in_words(searched)),
            }
        }
        Cause::AlreadyRunning { what, .. } => what.clone(),
        Cause::Spawn { reason, .. } => reason.clone(),
        Cause::Unusable { problem, .. } | Cause::Invalid { problem, .. } => problem.clone(),
        cause => headline(cause),
    }
}

fn details(cause: &Cause) -> Vec<(&'static str, String)> {
    let mut details = Vec::new();
    details.extend(cause.command().map(|command| ("command", command.into())));
    match cause {
        Cause::NotInstalled { get: Some(get), .. } => details.extend(how_to_get(get)),
        Cause::Unusable { to_do, .. } => details.extend(to_do.clone().map(|it| ("to do", it))),
        Cause::AlreadyRunning { holder, at, .. } => {
            details.extend(holder.clone().map(|holder| ("holder", holder)));
            let instead = match at {
                Contact::Port => "let `{port}` choose a free port",
                Contact::Path => "use a path below `{dir}`",
                Contact::Other => "remove what it left behind",
            };
            details.push(("to do", format!("stop it, or {instead}")));
        }
        Cause::NotReady { stopped, .. } => details.push(("stopped", stopped.clone())),
        Cause::NotFound { .. } => {
            details.push(("to do", "start it, or give a command that starts it".into()));
        }
        Cause::Isolate {
            name,
            refused,
            after,
            ..
        } => details.extend(refused.details(name, &seconds(*after))),
        Cause::NoAnswer {
            supervisor,
            is_stopped,
            ..
        } => {
            let end = format!("end it and all its daemons with `kill -KILL {supervisor}`");
            let to_do = match is_stopped {
                true => format!("resume it with `kill -CONT {supervisor}`, or {end}"),
                false => end,
            };
            details.push(("to do", to_do));
        }
        Cause::Remains { cause, pids } => {
            details = self::details(cause);
            let pids: Vec<_> = pids.iter().map(|pid| format!("pid {pid}")).collect();
            let text = format!("{} may still be running", and(&pids));
            details.push(("remains", text));
        }
        _ => {}
    }
    details
}

fn how_to_get(get: &Get) -> Vec<(&'static str, String)> {
    let Get {
        install,
        variable,
        set,
    } = get;
    let mut details = Vec::new();
    if let Some((first, others)) = install.split_first() {
        let others = match others {
            [] => String::new(),
            others => format!("        (or: {})", others.join(", or: ")),
        };
        details.push(("install", format!("{first}{others}")));
    }
    details.push(match set {
        true => ("or", format!("unset {variable}, or set it to /path/to/bin")),
        false => ("or set", format!("{variable}=/path/to/bin")),
    });
    details
}

impl Display for Cause {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        Message::of(self).fmt(f)
    }
}

impl Display for Message {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self {
            headline,
            details,
            log,
        } = self;
        f.write_str(headline)?;
        for (label, text) in details {
            line(f, label, text)?;
        }
        let Some(LogTail {
            path,
            lines,
            kept_by,
            full,
        }) = log
        else {
            return Ok(());
        };
        let note = match (lines.is_empty(), kept_by) {
            (true, _) => "empty".into(),
            (false, Some(keeper)) => format!("kept until you `kill {keeper}`"),
            (false, None) => NOT_KEPT.into(),
        };
        line(f, "log", &format!("{} ({note})", path.display()))?;
        if *full {
            let full = "the file system of the log is full; set FIXTURED_DIR to a directory on another one";
            line(f, "disk", full)?;
        }
        let mut lines = lines.iter();
        lines.try_for_each(|line| write!(f, "\n    | {line}"))
    }
}

/// What becomes of a log.
pub(crate) const NOT_KEPT: &str = "removed after the run; FIXTURED_KEEP=failed keeps it";

fn line(f: &mut Formatter<'_>, label: &str, text: &str) -> fmt::Result {
    let label = format!("{label}:");
    // What is of more than one line stands below its beginning.
    let indent = format!("\n{:width$}", "", width = label.len().max(8) + 3);
    write!(f, "\n  {label:<8} {}", text.replace('\n', &indent))
}

/// What a process did that ended so.
fn died(end: End) -> &'static str {
    match end {
        End::Code(_) => "exited",
        End::Signal(_) | End::Unseen => "died",
    }
}

fn in_words(places: &[String]) -> String {
    match places {
        [] => "there".into(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

fn and(things: &[String]) -> String {
    match things {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        things => things.concat(),
    }
}

fn seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else if duration.as_secs() == 0 {
        format!("{} ms", duration.as_millis())
    } else {
        format!("{:.1} s", duration.as_secs_f64())
    }
}
