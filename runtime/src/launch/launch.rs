//! All that is run for one daemon.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Isolation, Process, Ready, Software, Step};

/// Everything that the supervisor needs to know in order to run one daemon.
///
/// A launch has no effects: it can be compared, printed and sent. Its texts may hold placeholders, which the supervisor
/// fills in when it has found a place for the daemon:
///
/// | placeholder | becomes |
/// |---|---|
/// | `{dir}` | the instance's own directory |
/// | `{dir:NAME}` | a further directory, listed in [`Launch::directories`] |
/// | `{port}`, `{port:NAME}` | a leased free port, each name its own |
/// | `{secret}` | a random word of the instance's own, for a password |
/// | `{NAME}` | the value `NAME` of [`Launch::values`] |
///
/// All other braces stay as they are. Two launches that are equal describe the same daemon: with the scope `session` they
/// share one instance.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Launch {
    /// The name of the daemon in messages and paths.
    pub name: String,
    /// The programs that must be installed. Default: none beyond the commands themselves.
    pub software: Vec<Software>,
    /// What to do before the first process starts, in this order.
    pub prepare: Vec<Step>,
    /// The processes, in the order in which they are started; each is ready before the next one starts, unless that says otherwise.
    /// The main one is that without a name, or else the last.
    pub processes: Vec<Process>,
    /// The users of further directories, by name, when the tests run as root; `None` stays root.
    pub directories: BTreeMap<String, Option<String>>,
    /// How the user names a server that is used instead of starting one.
    pub existing: Option<Existing>,
    /// What to wait for when nothing is started, because somebody else runs the server.
    pub foreign: Option<Ready>,
    /// Ports that the user has fixed, by name; the unnamed one is `""`. All others are leased.
    pub fixed_ports: BTreeMap<String, u16>,
    /// The host under which clients reach the daemon.
    pub host: String,
    /// The URL for clients; empty if there is none.
    pub url: String,
    /// What the daemon tells its users beyond the URL, by name (`database`, `password` …). Isolation may replace values.
    pub values: BTreeMap<String, String>,
    /// The environment variables by which client programs find it.
    pub variables: BTreeMap<String, String>,
    /// The variables that the command line exports beside them, with a prefix.
    pub prefixed: BTreeMap<String, String>,
    /// What a test gets of its own inside a shared instance.
    pub isolation: Isolation,
    /// How long one whole start may take.
    pub timeout: Duration,
    /// How many bytes are kept of what it prints, the newest, in each of its logs. Default: 64 MiB.
    pub output_limit: u64,
    /// What is wrong with the options that led here; such a launch is refused with this text.
    pub problem: Option<String>,
}

impl Launch {
    /// A launch of nothing yet, reached on 127.0.0.1, without isolation, to be started within 60 s.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            software: Vec::new(),
            prepare: Vec::new(),
            processes: Vec::new(),
            directories: BTreeMap::new(),
            existing: None,
            foreign: None,
            fixed_ports: BTreeMap::new(),
            host: "127.0.0.1".into(),
            url: String::new(),
            values: BTreeMap::new(),
            variables: BTreeMap::new(),
            prefixed: BTreeMap::new(),
            isolation: Isolation::None,
            timeout: Duration::from_secs(60),
            output_limit: 64 << 20,
            problem: None,
        }
    }
}

/// How the user names a server that is there already.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Existing {
    /// The environment variable that holds its URL.
    pub variable: String,
    /// The port that a URL without one means.
    pub port: u16,
}

/// The addresses that a definition may speak of: the placeholders of [`Launch`], ready to be written into texts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// The instance's own directory.
    pub dir: &'static str,
    /// The leased port.
    pub port: &'static str,
    /// A random word of the instance's own, for a password.
    pub secret: &'static str,
}

impl Site {
    pub(crate) const SYMBOLIC: Self = Self {
        dir: "{dir}",
        port: "{port}",
        secret: "{secret}",
    };

    /// A further leased port.
    pub fn port_named(&self, name: &str) -> String {
        format!("{{port:{name}}}")
    }
}
