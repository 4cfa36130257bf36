//! What to run, as plain data.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Everything that the supervisor needs to know in order to run one daemon.
///
/// A launch has no effects: it can be compared, printed and sent. Its texts may hold placeholders, which the supervisor
/// fills in when it has found a place for the daemon:
///
/// | placeholder | becomes |
/// |---|---|
/// | `{dir}` | the instance's own directory |
/// | `{port}`, `{port:NAME}` | a leased free port, each name its own |
/// | `{NAME}` | the value `NAME` of [`Launch::values`] |
///
/// All other braces stay as they are. Two launches that are equal describe the same daemon: with the scope `session` they
/// share one instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Launch {
    /// The name of the daemon in messages and paths.
    pub name: String,
    /// The programs that must be installed. Default: none beyond the commands themselves.
    pub software: Option<Software>,
    /// What to do before the first process starts, in this order.
    pub prepare: Vec<Step>,
    /// The processes, in the order in which they are started; each is ready before the next one starts.
    pub processes: Vec<Process>,
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
            software: None,
            prepare: Vec::new(),
            processes: Vec::new(),
            foreign: None,
            fixed_ports: BTreeMap::new(),
            host: "127.0.0.1".into(),
            url: String::new(),
            values: BTreeMap::new(),
            isolation: Isolation::None,
            timeout: Duration::from_secs(60),
            output_limit: 64 << 20,
            problem: None,
        }
    }
}

/// The addresses that a definition may speak of: the placeholders of [`Launch`], ready to be written into texts.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Site {
    /// The instance's own directory.
    pub dir: &'static str,
    /// The leased port.
    pub port: &'static str,
}

impl Site {
    pub(crate) const SYMBOLIC: Self = Self {
        dir: "{dir}",
        port: "{port}",
    };

    /// A further leased port.
    pub fn port_named(&self, name: &str) -> String {
        format!("{{port:{name}}}")
    }
}

/// Programs that belong together, and how to get them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Software {
    /// The programs; all are taken from the first directory that has them all.
    pub programs: Vec<String>,
    /// Where distributions keep them off `PATH`; a `*` stands for any name, and of several the highest version is taken.
    pub also_in: Vec<String>,
    /// The version that the first program must have, as the beginning of what it says with `--version`: `15` also means 15.4. Default: any.
    pub version: Option<String>,
    /// The environment variable that names their directory, or the program itself.
    pub variable: String,
    /// The package on Debian and Ubuntu.
    pub apt: String,
    /// The package for Homebrew.
    pub brew: String,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Command {
    /// A name to look for in [`Launch::software`] and then on `PATH`, or a path.
    pub program: String,
    /// The arguments.
    pub args: Vec<String>,
    /// Variables that are set on top of the environment.
    pub env: BTreeMap<String, String>,
    /// Whether the environment is that of the test; else it holds little more than `PATH` and `HOME`.
    pub inherit_env: bool,
    /// The working directory. Default: the instance's own directory.
    pub cwd: Option<PathBuf>,
    /// The user to run as when the tests run as root, for servers that refuse root; `nobody` where it does not exist.
    pub as_root: Option<String>,
}

impl Command {
    /// The command `program args…` with a small environment, in the instance's directory.
    pub fn new<A: Into<String>>(
        program: impl Into<String>,
        args: impl IntoIterator<Item = A>,
    ) -> Self {
        Self {
            program: program.into(),
            args: args.into_iter().map(Into::into).collect(),
            env: BTreeMap::new(),
            inherit_env: false,
            cwd: None,
            as_root: None,
        }
    }
}

/// One thing to do before the processes start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Step {
    /// Writes a file.
    Write {
        /// Where.
        path: String,
        /// What.
        text: String,
    },
    /// Runs a command to its end, which must be exit status 0.
    Run(Command),
    /// Copies a directory that was made once for this version of the programs and is kept in the user's cache.
    Template {
        /// The directory to make; owned by the user that `build` runs as.
        into: String,
        /// How to make it the first time; `{template}` stands for it.
        build: Command,
    },
}

/// One server process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Process {
    /// What to run.
    pub command: Command,
    /// When it counts as started.
    pub ready: Ready,
    /// How to end it.
    pub stop: Stop,
    /// What it reads from its standard input.
    pub stdin: Input,
    /// Where its standard output goes.
    pub stdout: Output,
    /// Where its standard error goes.
    pub stderr: Output,
    /// Whether the listener that makes it ready may be a process which does not descend from it, such as that of a container engine.
    pub foreign_listener: bool,
}

impl Process {
    /// A process with a single log, ended gently.
    pub fn new(command: Command, ready: Ready) -> Self {
        Self {
            command,
            ready,
            stop: Stop::default(),
            stdin: Input::Empty,
            stdout: Output::Log,
            stderr: Output::Log,
            foreign_listener: false,
        }
    }

    /// Ends the process by `signal`, for servers whose data is thrown away.
    pub fn stopped_by(mut self, signal: impl Into<String>) -> Self {
        self.stop.signal = signal.into();
        self
    }
}

/// What a process reads from its standard input.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// Nothing: it is at its end.
    Empty,
    /// Nothing, but it never ends: for programs that stop when it does.
    Open,
    /// This text.
    Text(String),
    /// A file.
    File(PathBuf),
}

/// Where a process's standard output or standard error goes; never into a pipe, so that it cannot block.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Output {
    /// The log, of which the newest [`Launch::output_limit`] bytes are kept.
    Log,
    /// A log of its own, under the same limit.
    Apart,
    /// Nowhere.
    Null,
    /// The end of a file of the user's, which keeps all of it.
    File(PathBuf),
}

/// The condition that makes a process count as started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Ready {
    /// It runs.
    Started,
    /// A connection to `host:port` is accepted.
    Tcp(String),
    /// A connection to the socket at this path is accepted.
    UnixSocket(String),
    /// A request is answered with an accepted status.
    Http(HttpProbe),
    /// A line of its output matches this regular expression.
    Output(String),
    /// The file exists.
    PidFile(String),
    /// The command ends with exit status 0.
    Command(Command),
    /// Having been sent some bytes, the server answers with bytes that start as expected.
    Exchange {
        /// `host:port`, or the path of a unix socket.
        address: String,
        /// What is sent; nothing for servers that speak first.
        send: String,
        /// How the answer starts.
        expect: String,
    },
}

impl Ready {
    /// `host:port` of the listener that makes it hold, if there is one.
    pub(crate) fn listener(&self) -> Option<String> {
        match self {
            Self::Tcp(address) => Some(address.clone()),
            Self::Http(probe) => Some(probe.authority()),
            Self::Exchange { address, .. } if !address.starts_with('/') => Some(address.clone()),
            _ => None,
        }
    }
}

/// The request that asks an HTTP server whether it is ready.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HttpProbe {
    /// The URL, `http` only.
    pub url: String,
    /// A regular expression for the whole status code.
    pub status: String,
    /// The method.
    pub method: String,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// The fields of a form sent as the body; no body if empty.
    pub payload: Vec<(String, String)>,
}

impl HttpProbe {
    /// A `HEAD` request that wants a status of `2\d\d`, as mirakuru's.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            status: r"2\d\d".into(),
            method: "HEAD".into(),
            headers: Vec::new(),
            payload: Vec::new(),
        }
    }

    /// `host:port` of the URL; port 80 if it names none.
    pub(crate) fn authority(&self) -> String {
        let rest = self
            .url
            .split_once("://")
            .map_or(self.url.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        // A colon inside brackets belongs to an address.
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.contains(']'));
        if has_port {
            authority.into()
        } else {
            format!("{authority}:80")
        }
    }
}

/// How a process is ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// The signal that asks it to end, by name. Default: `SIGTERM`.
    pub signal: String,
    /// The signal for what is left after the grace period. Default: `SIGKILL`, which in any case follows a second later.
    pub kill_signal: String,
    /// How long it may take to end by itself. Default: 10 s.
    pub grace: Duration,
    /// The exit status that counts as well ended, besides 0 and death by the stop signal.
    pub expected_returncode: Option<i32>,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            signal: "SIGTERM".into(),
            kill_signal: "SIGKILL".into(),
            grace: Duration::from_secs(10),
            expected_returncode: None,
        }
    }
}

/// What a test gets of its own inside a shared instance.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Isolation {
    /// Nothing: tests share its data.
    None,
    /// A server of its own, for servers that start in a few milliseconds.
    Server,
    /// A PostgreSQL database, cloned from a template and dropped afterwards. Its name replaces the value `database`.
    PostgresDatabase {
        /// The path of the server's socket.
        socket: String,
        /// The superuser, who needs no password.
        user: String,
        /// The database that all others are made from.
        template: String,
        /// What tests find done in theirs.
        init: Init,
    },
}

impl Isolation {
    /// What tests find done in their part.
    pub(crate) fn init(&self) -> Option<&Init> {
        match self {
            Self::PostgresDatabase { init, .. } => Some(init),
            Self::None | Self::Server => None,
        }
    }
}

/// What a test finds done in its part of a server. It is done once, in what all parts are cloned from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// Its path, for messages.
    pub name: String,
    /// What it says.
    pub text: String,
}

/// Who shares an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// All tests of one test run; each is given something of its own inside it where the daemon has an isolation.
    Session,
    /// One test alone.
    Test,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_without_a_port_means_port_80() {
        for (url, wanted) in [
            ("http://127.0.0.1:8080/health", "127.0.0.1:8080"),
            ("http://localhost/x:1", "localhost:80"),
            ("http://[::1]:7?x", "[::1]:7"),
            ("http://[::1]", "[::1]:80"),
            ("http://127.0.0.1:{port:admin}/", "127.0.0.1:{port:admin}"),
        ] {
            assert_eq!(HttpProbe::new(url).authority(), wanted);
        }
    }
}
