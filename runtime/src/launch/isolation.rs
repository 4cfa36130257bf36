//! Who shares an instance, and what each gets of its own.

use serde::{Deserialize, Serialize};

use super::text::Texts;
use super::{Protocol, written};

/// What a test gets of its own inside a shared instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Isolation {
    /// Nothing: tests share its data.
    None,
    /// Nothing but a word to begin its names with: tests share the data. The word is the value `prefix`.
    Prefix,
    /// A server of its own, for servers that start in a few milliseconds.
    Server,
    /// A database, made for the test and dropped afterwards. Its name replaces the value `database`.
    Database(Box<Databases>),
    /// Something that the server itself makes and takes away.
    Lent(Lender),
}

/// A unix socket at which a server lends parts of itself. Whoever connects gets a line with the name of one, which is there then; it
/// is his until the connection ends, and is taken away then.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lender {
    /// The path of the socket, which accepts connections when the server is ready.
    #[serde(with = "written")]
    pub socket: String,
    /// The values that the name replaces.
    pub values: Vec<String>,
}

impl Lender {
    /// One whose socket has this path, and whose part's name replaces these values.
    pub fn new<V: Into<String>>(
        socket: impl Into<String>,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        Self {
            socket: socket.into(),
            values: values.into_iter().map(Into::into).collect(),
        }
    }
}

impl Databases {
    /// Databases at this socket (a path, or `host:port`), made by this superuser.
    pub fn new(
        protocol: Protocol,
        socket: impl Into<String>,
        user: impl Into<String>,
        password: impl Into<String>,
    ) -> Self {
        Self {
            protocol,
            socket: socket.into(),
            user: user.into(),
            password: password.into(),
            template: String::new(),
            mark: String::new(),
            init: Init::default(),
        }
    }

    /// Clones them from this database, where the server can.
    pub fn template(mut self, template: impl Into<String>) -> Self {
        self.template = template.into();
        self
    }

    /// Sets what tests find done in theirs.
    pub fn init(mut self, init: Init) -> Self {
        self.init = init;
        self
    }
}

/// Where databases are made for tests, and from what.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Databases {
    /// What the server speaks.
    pub protocol: Protocol,
    /// The path of the server's socket, or `host:port`.
    #[serde(with = "written")]
    pub socket: String,
    /// The superuser, who needs no password on the socket.
    #[serde(with = "written")]
    pub user: String,
    /// The password of the superuser, and of the roles that are made.
    #[serde(with = "written")]
    pub password: String,
    /// The database that all others are cloned from, where the server can.
    pub template: String,
    /// What tells the databases of this session from those of others, in a server that others use too; else empty.
    #[serde(with = "written")]
    pub mark: String,
    /// What tests find done in theirs.
    pub init: Init,
}

/// All but those of `init`, which the server is told as they are.
impl Texts for Databases {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        [
            &mut self.socket,
            &mut self.user,
            &mut self.password,
            &mut self.mark,
        ]
        .into_iter()
        .for_each(visit);
    }
}

impl Texts for Isolation {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Database(databases) => databases.each_text(visit),
            Self::Lent(lender) => visit(&mut lender.socket),
            Self::None | Self::Prefix | Self::Server => {}
        }
    }
}

impl Isolation {
    /// The same for all tests of a server: without what is done in their parts.
    pub(crate) fn of_server(&self) -> Self {
        match self {
            // A mark is known when the server is.
            Self::Database(databases) if !databases.mark.is_empty() => {
                let init = Init::default();
                let databases = databases.as_ref().clone();
                Self::Database(Box::new(Databases { init, ..databases }))
            }
            _ => Self::None,
        }
    }

    /// The same in a server of one's own, where a part is needed only for what has been prepared in it.
    pub(crate) fn inside_ones_own(self) -> Self {
        match self.init().is_none_or(|init| *init == Init::default()) {
            true => Self::None,
            false => self,
        }
    }

    /// What tests find done in their part.
    pub(crate) fn init(&self) -> Option<&Init> {
        match self {
            Self::Database(databases) => Some(&databases.init),
            Self::None | Self::Prefix | Self::Server | Self::Lent(_) => None,
        }
    }
}

/// What a test finds done in its part of a server. It is done once, in what all parts are cloned from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Init {
    /// Roles that can log in.
    pub roles: Vec<String>,
    /// Extensions that are installed.
    pub extensions: Vec<String>,
    /// Scripts that have been carried out, in this order.
    pub scripts: Vec<Script>,
    /// The name of the test's own code that has run last; [`Daemon::prepare`](crate::Daemon::prepare) does.
    pub function: Option<String>,
}

/// A file with statements.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Script {
    /// Its path, for messages.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Who shares an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Scope {
    /// All tests of one test run; each is given something of its own inside it where the daemon has an isolation.
    Session,
    /// One test alone.
    Test,
}
