//! Which tests share an instance, and what each test gets.

use serde::{Deserialize, Serialize};

use super::text::Texts;
use super::tls::Tls;
use super::{Protocol, serialized};

/// What each test gets inside a shared instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Isolation {
    /// Nothing: tests share its data.
    None,
    /// A unique prefix for its names, published as the value `prefix`. Tests share the data.
    Prefix,
    /// A dedicated server, for servers that start in a few milliseconds.
    Server,
    /// A database, created for the test and dropped afterwards. Its name replaces the value `database`.
    Database(Box<Databases>),
    /// Something that the server itself creates and removes.
    Lent(Lender),
}

/// A Unix socket through which a server lends parts of itself.
///
/// The server creates a part for each connection and sends its name in a line. The client owns the part until the connection closes; then
/// the server removes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Lender {
    /// The path of the socket. It accepts connections once the server is ready.
    #[serde(with = "serialized")]
    pub socket: String,
    /// The values that are replaced by the name of the part.
    pub values: Vec<String>,
}

impl Lender {
    /// Uses the socket at this path, and replaces these values by the name of the part.
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

impl From<Databases> for Isolation {
    fn from(databases: Databases) -> Self {
        Self::Database(Box::new(databases))
    }
}

impl From<Lender> for Isolation {
    fn from(lender: Lender) -> Self {
        Self::Lent(lender)
    }
}

impl Databases {
    /// Databases that this superuser creates through this socket, a path or `host:port`.
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
            tls: None,
            init: Init::default(),
        }
    }

    /// Clones them from this database, if the server supports it.
    pub fn template(mut self, template: impl Into<String>) -> Self {
        self.template = template.into();
        self
    }

    /// Sets what every database contains from the start.
    pub fn init(mut self, init: Init) -> Self {
        self.init = init;
        self
    }
}

/// How databases are created for tests.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Databases {
    /// The server's protocol.
    pub protocol: Protocol,
    /// The path of the server's socket, or `host:port`.
    #[serde(with = "serialized")]
    pub socket: String,
    /// The superuser, which needs no password on the socket.
    #[serde(with = "serialized")]
    pub user: String,
    /// The password of the superuser and of the roles that are created.
    #[serde(with = "serialized")]
    pub password: String,
    /// The database to clone, if the server supports it.
    pub template: String,
    /// Marks the databases of this session in a server that is also used by others; otherwise empty.
    #[serde(with = "serialized")]
    pub(crate) mark: String,
    /// How connections to an existing server are encrypted, if the protocol can be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) tls: Option<Tls>,
    /// What every database contains from the start.
    pub init: Init,
}

/// Everything except `init`, which is sent to the server unchanged.
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
    /// What the server itself depends on: everything but `init`.
    pub(crate) fn of_server(&self) -> Self {
        match self {
            // The mark is known only when the server is.
            Self::Database(databases) if !databases.mark.is_empty() => {
                let init = Init::default();
                let databases = databases.as_ref().clone();
                Self::Database(Box::new(Databases { init, ..databases }))
            }
            _ => Self::None,
        }
    }

    /// The isolation inside a dedicated server, where a database is needed only if `init` prepares it.
    pub(crate) fn inside_dedicated(self) -> Self {
        match self.init().is_none_or(|init| *init == Init::default()) {
            true => Self::None,
            false => self,
        }
    }

    /// What every database contains from the start.
    pub(crate) fn init(&self) -> Option<&Init> {
        match self {
            Self::Database(databases) => Some(&databases.init),
            Self::None | Self::Prefix | Self::Server | Self::Lent(_) => None,
        }
    }
}

/// What every test's database contains from the start. It is prepared once, in the template that all databases are cloned from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Init {
    /// Roles that can log in.
    pub roles: Vec<String>,
    /// Extensions to install.
    pub extensions: Vec<String>,
    /// Scripts to run, in this order.
    pub scripts: Vec<Script>,
    /// Files to run after them.
    pub files: Option<Files>,
    /// The name of test code that runs last, which [`Daemon::prepare`](crate::Daemon::prepare) returns.
    pub function: Option<String>,
}

impl Init {
    /// Returns whether statements or code of the user prepare databases.
    pub(crate) fn is_of_users(&self) -> bool {
        !self.scripts.is_empty() || self.files.is_some() || self.function.is_some()
    }
}

/// A file of statements, or a directory of migrations. The supervisor reads it when it prepares a template, so its text is not sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Files {
    /// The absolute path.
    pub path: String,
    /// The path as the user wrote it, for error messages.
    pub shown: String,
    /// A digest that changes when one of the files changes.
    pub stamp: u64,
}

/// Statements by hand.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Script {
    /// Its path, for error messages.
    pub name: String,
    /// Its content.
    pub text: String,
}

impl Script {
    /// These statements, which come from a file of this name.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            text: text.into(),
        }
    }
}

/// Which tests share an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Scope {
    /// All tests of a test run share it. If the daemon has an isolation, each test gets a separate part of it.
    Session,
    /// Each test gets a dedicated instance.
    Test,
}
