//! All that is run for one daemon.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::text::{Piece, Texts, pieces};
use super::written;
use super::{Isolation, Process, Ready, Software, Step, Subject};

/// Everything that the supervisor needs to know in order to run one daemon.
///
/// A launch has no effects: it can be compared, printed and sent. Its texts mean themselves, whatever letters they hold, but for what the
/// definition has written into them from its [`Site`](super::Site): the supervisor fills that in when it has found a place for the
/// daemon. Two launches that are equal describe the same daemon: with the scope `session` they share one instance.
///
/// As JSON, the texts that are filled in are written as Rust's formats are: `{port}` is a placeholder, and `{{` and `}}` are braces.
///
/// | placeholder | written by | becomes |
/// |---|---|---|
/// | `{dir}` | `site.dir` | the instance's own directory |
/// | `{dir:NAME}` | `site.dir_named(NAME)` | a further directory, listed in [`Launch::directories`] |
/// | `{port}` | `site.port` | a leased free port |
/// | `{port:NAME}` | `site.port_named(NAME)` | another one, each name its own |
/// | `{secret}` | `site.secret` | a random word of the instance's own, for a password |
/// | `{NAME}` | `site.value(NAME)` | the value `NAME` of [`Launch::values`] |
/// | `{template}` | `site.template` | the directory that a [`Step::Template`] makes |
/// | `{dir\|path}` | `Quoting::Path.of(site.dir)` | the same, as it is [written](super::Quoting) in a URL |
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
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
    pub reuse: Option<Reuse>,
    /// What to wait for when nothing is started, because somebody else runs the server.
    pub external: Option<Ready>,
    /// Ports that the user has fixed, by name; the unnamed one is `""`. All others are leased.
    pub fixed_ports: BTreeMap<String, u16>,
    /// The host under which clients reach the daemon.
    #[serde(with = "written")]
    pub host: String,
    /// The URL for clients; empty if there is none.
    #[serde(with = "written")]
    pub url: String,
    /// What the daemon tells its users beyond the URL, by name (`database`, `password` …). A value may speak of other
    /// values, to a depth of 3. Isolation may replace values.
    #[serde(with = "written")]
    pub values: BTreeMap<String, String>,
    /// The environment variables by which client programs find it.
    #[serde(with = "written")]
    pub variables: BTreeMap<String, String>,
    /// The variables that the command line exports beside them, with a prefix.
    #[serde(with = "written")]
    pub cli_variables: BTreeMap<String, String>,
    /// What a test gets of its own inside a shared instance.
    pub isolation: Isolation,
    /// How long one whole start may take.
    pub timeout: Duration,
    /// How many bytes are kept of what it prints, the newest, in each of its logs. Default: 64 MiB.
    pub output_limit: u64,
    /// What is wrong with the options that led here; such a launch is refused with this text.
    pub invalid: Option<String>,
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
            reuse: None,
            external: None,
            fixed_ports: BTreeMap::new(),
            host: "127.0.0.1".into(),
            url: String::new(),
            values: BTreeMap::new(),
            variables: BTreeMap::new(),
            cli_variables: BTreeMap::new(),
            isolation: Isolation::None,
            timeout: Duration::from_secs(60),
            output_limit: 64 << 20,
            invalid: None,
        }
    }

    /// Requires these programs.
    pub fn needs(mut self, software: Software) -> Self {
        self.software.push(software);
        self
    }

    /// Adds a step before the first process starts.
    pub fn prepare(mut self, step: Step) -> Self {
        self.prepare.push(step);
        self
    }

    /// Writes this file before the first process starts; see [`Step::Write`].
    pub fn write(self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.prepare(Step::write(path, text))
    }

    /// Adds a process, which starts after those added before it.
    pub fn run(mut self, process: Process) -> Self {
        self.processes.push(process);
        self
    }

    /// Adds a further directory, for `site.dir_named(name)`. When the tests run as root it belongs to this user.
    pub fn directory(mut self, name: impl Into<String>, user: Option<&str>) -> Self {
        self.directories.insert(name.into(), user.map(Into::into));
        self
    }

    /// Uses the server at the URL in this environment variable, if it is set, instead of starting one. `port` is what a URL without a port means.
    pub fn reuse(mut self, variable: impl Into<String>, port: u16) -> Self {
        let variable = variable.into();
        self.reuse = Some(Reuse { variable, port });
        self
    }

    /// Starts nothing and waits for this, because somebody else runs the server.
    pub fn external(mut self, ready: Ready) -> Self {
        self.external = Some(ready);
        self
    }

    /// Fixes the port of this name, if the user has chosen one; the unnamed port is `""`.
    pub fn fixed_port(mut self, name: impl Into<String>, port: Option<u16>) -> Self {
        self.fixed_ports
            .extend(port.map(|port| (name.into(), port)));
        self
    }

    /// Sets the host for clients. Default: `127.0.0.1`.
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Sets the URL for clients.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = url.into();
        self
    }

    /// Publishes these values, by name.
    pub fn values<N: Into<String>, V: Into<String>>(
        mut self,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.values.extend(texts(values));
        self
    }

    /// Publishes these environment variables for client programs.
    pub fn variables<N: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.variables.extend(texts(variables));
        self
    }

    /// Publishes variables that only the command line exports, with its prefix.
    pub fn cli_variables<N: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.cli_variables.extend(texts(variables));
        self
    }

    /// Says what a test gets of its own.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = isolation;
        self
    }

    /// Limits how long one whole start may take. Default: 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Limits how many bytes of output each log keeps, the newest. Default: 64 MiB.
    pub fn output_limit(mut self, bytes: u64) -> Self {
        self.output_limit = bytes;
        self
    }

    /// Refuses to start, with this reason, if there is one. The first reason counts.
    pub fn invalid(mut self, reason: Option<impl Into<String>>) -> Self {
        self.invalid = self.invalid.or(reason.map(Into::into));
        self
    }

    /// What its texts speak of, each once.
    pub(crate) fn speaks_of(&self) -> Vec<Subject<'static>> {
        let mut found: Vec<Subject<'static>> = Vec::new();
        self.clone().each_text(&mut |text| {
            for piece in pieces(text) {
                if let Piece::Placeholder(placeholder) = piece
                    && !found.contains(&placeholder.of)
                {
                    found.push(placeholder.of.into_owned());
                }
            }
        });
        found
    }
}

impl Texts for Launch {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.prepare.each_text(visit);
        self.processes.each_text(visit);
        self.external.each_text(visit);
        visit(&mut self.host);
        visit(&mut self.url);
        self.values.each_text(visit);
        self.variables.each_text(visit);
        self.cli_variables.each_text(visit);
        self.isolation.each_text(visit);
    }
}

fn texts<N: Into<String>, V: Into<String>>(
    texts: impl IntoIterator<Item = (N, V)>,
) -> impl Iterator<Item = (String, String)> {
    let texts = texts.into_iter();
    texts.map(|(name, text)| (name.into(), text.into()))
}

/// How the user names a server that is there already.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reuse {
    /// The environment variable that holds its URL.
    pub variable: String,
    /// The port that a URL without one means.
    pub port: u16,
}
