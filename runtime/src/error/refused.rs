//! What was asked of a daemon for a test and was not done.

use std::fmt::{self, Display, Formatter};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::room::Room;

/// What each test gets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Part {
    /// What is made for it, in a word: a database.
    Made(String),
    /// What the daemon itself lends: the value of this name.
    Lent(String),
    /// A server that starts from data of the tests.
    Data,
    /// Nothing that has to be made.
    Nothing,
}

/// What was asked for and not done, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Refused {
    pub(crate) doing: Doing,
    pub(crate) reason: Reason,
    /// What there is to say beside it.
    pub(crate) remarks: Vec<Remark>,
}

/// What a server says beside its message, or what we advise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Remark {
    pub(crate) label: Label,
    pub(crate) text: String,
}

/// What a remark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Label {
    Detail,
    Hint,
    /// Where in code of the server's the error was met.
    Context,
    ToDo,
}

/// What was being done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Doing {
    /// Something of ours: a statement, or words for what is none.
    Statement(String),
    /// A part of a script of the user's.
    Migration {
        file: String,
        /// Counted from 1.
        line: usize,
        statement: String,
    },
    /// A file or a directory of the user's is read.
    Read {
        file: String,
        /// Counted from 1.
        line: Option<usize>,
    },
    /// Code of the tests.
    Function(String),
    /// A connection to the server at this address, which has not let us in yet.
    Connect(String),
    /// What another test prepares for all.
    Prepared { by: String },
}

/// Why it was not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Reason {
    /// The message of the server or of the test code, or why the server could not be asked.
    Said(String),
    /// What the server said when its disk was full.
    Full {
        said: String,
        /// How much room there is, and where; unknown where the server is not ours.
        room: Option<String>,
    },
    /// It was not done by the deadline.
    Late,
    /// The client or the session has ended.
    Unwanted,
}

/// What the part was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum For {
    Test,
    /// The same again, as it was in the beginning.
    Reset,
    /// Whoever holds all of the daemon, as `fixtured run` does.
    Holder,
}

impl Refused {
    /// A statement of ours was not done for this reason.
    pub(crate) fn statement(statement: impl Into<String>, reason: impl Into<String>) -> Self {
        let doing = Doing::Statement(statement.into());
        Self::new(doing, Reason::Said(reason.into()))
    }

    /// This was not done for this reason.
    pub(crate) fn new(doing: Doing, reason: Reason) -> Self {
        Self {
            doing,
            reason,
            remarks: Vec::new(),
        }
    }

    /// Returns whether there was no room left on a disk.
    pub(crate) fn is_full(&self) -> bool {
        matches!(self.reason, Reason::Full { .. })
    }

    /// The same, with how much room there is in the server's directory if that is the reason. Where hardly any is left it is, whatever the
    /// server says about a statement of ours: InnoDB calls it an unknown error.
    pub(crate) fn in_directory(self, dir: &Path) -> Self {
        let Some(left) = Room::of(dir) else {
            return self;
        };
        let Self {
            doing,
            reason,
            remarks,
        } = self;
        let reason = match (reason, &doing) {
            (Reason::Full { said, .. }, _) => full(said, &left),
            (Reason::Said(said), Doing::Statement(_)) if left.is_little() => full(said, &left),
            (reason, _) => reason,
        };
        Self {
            doing,
            reason,
            remarks,
        }
    }

    /// What failed, where it was asked of this daemon and could be waited for so long.
    pub(super) fn headline(&self, name: &str, part: &Part, whose: For, after: &str) -> String {
        let Self { doing, reason, .. } = self;
        let failed = match whose {
            For::Test => format!("{part} for this test could not be created"),
            For::Reset => format!("{part} of this test could not be reset"),
            For::Holder => format!("{part} in it could not be created"),
        };
        let late = *reason == Reason::Late;
        match doing {
            Doing::Migration { file, line, .. } => {
                let what = if *part == Part::Data {
                    ""
                } else {
                    "migration "
                };
                format!("{what}{file}, line {line}, failed")
            }
            Doing::Read { file, line } => {
                let line = line.map_or(String::new(), |line| format!(", line {line}"));
                format!("cannot read `{file}`{line}: {reason}")
            }
            Doing::Function(function) => {
                let what = match part {
                    Part::Data => format!("the data of `{name}`"),
                    _ => "databases".into(),
                };
                format!("the function {function}, which prepares {what}, failed: {reason}")
            }
            Doing::Connect(address) => {
                let reason = match reason {
                    Reason::Late => format!("no answer within {after}"),
                    reason => reason.to_string(),
                };
                format!("{failed}: cannot connect to `{name}` at {address}: {reason}")
            }
            Doing::Prepared { by } if late && *part == Part::Data => format!(
                "the data of `{name}` could not be prepared: the test `{by}` has not done so within {after}"
            ),
            Doing::Prepared { by } if late => format!(
                "`{name}` is running, but {failed}: the test `{by}` has not prepared it within {after}"
            ),
            Doing::Statement(_) if late => {
                format!("`{name}` is running, but {failed}: not done within {after}")
            }
            Doing::Prepared { .. } | Doing::Statement(_) => {
                format!("`{name}` is running, but {failed}: {reason}")
            }
        }
    }

    /// What there is to say beside it.
    pub(super) fn details(&self, name: &str, after: &str) -> Vec<(&'static str, String)> {
        let Self {
            doing,
            reason,
            remarks,
        } = self;
        let mut details = Vec::new();
        let remarks = || {
            remarks
                .iter()
                .map(|Remark { label, text }| (label.shown(), text.clone()))
        };
        match doing {
            Doing::Migration { statement, .. } => {
                let said = match reason {
                    Reason::Late => format!("not done within {after}"),
                    reason => reason.to_string(),
                };
                details.push(("statement", statement.clone()));
                details.push(("server", said));
                details.extend(remarks());
                details.push(("daemon", name.into()));
            }
            Doing::Function(_) | Doing::Read { .. } => details.push(("daemon", name.into())),
            Doing::Statement(statement) => {
                details.push(("request", statement.clone()));
                details.extend(remarks());
            }
            Doing::Connect(_) | Doing::Prepared { .. } => details.extend(remarks()),
        }
        if let Reason::Full { room, .. } = reason {
            details.extend(room.clone().map(|room| ("disk", room)));
        }
        if *reason == Reason::Late {
            details.push(("to do", "raise `timeout` if it needs longer".into()));
        }
        details
    }
}

/// What the server has said, on a disk with this room.
fn full(said: String, left: &Room<'_>) -> Reason {
    let room = Some(left.to_string());
    Reason::Full { said, room }
}

impl Label {
    fn shown(self) -> &'static str {
        match self {
            Self::Detail => "detail",
            Self::Hint => "hint",
            Self::Context => "context",
            Self::ToDo => "to do",
        }
    }
}

impl Display for Part {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Made(what) => write!(f, "the {what}"),
            // What RabbitMQ calls it.
            Self::Lent(name) if name == "vhost" => write!(f, "the virtual host"),
            Self::Lent(name) => write!(f, "the `{name}`"),
            Self::Data => write!(f, "the server with prepared data"),
            Self::Nothing => write!(f, "the part"),
        }
    }
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Said(said) | Self::Full { said, .. } => f.write_str(said),
            Self::Late => write!(f, "not done in time"),
            Self::Unwanted => write!(f, "it is no longer needed"),
        }
    }
}
