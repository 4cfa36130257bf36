//! Everything that is run for one daemon.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::serialized;
use super::text::{Piece, Texts, pieces, texts};
use super::{
    Alternative, Isolation, OverWire, Process, Ready, Reuse, Seed, Software, Step, Subject,
};

/// Everything that the supervisor needs to know in order to run one daemon.
///
/// A launch is plain data: it can be compared, printed and sent. Equal launches describe the same daemon; with the scope `session` they
/// share one instance.
///
/// Strings are literal, whatever characters they contain, except for the placeholders that a definition takes from its
/// [`Site`](super::Site). The supervisor replaces them once it has chosen a directory and ports. In JSON, placeholders look like those of
/// Rust's format strings: `{port}` is a placeholder, and `{{` and `}}` are braces.
///
/// | placeholder | from | replaced by |
/// |---|---|---|
/// | `{dir}` | `site.dir` | the instance's own directory |
/// | `{dir:NAME}` | `site.dir_named(NAME)` | an additional directory, listed in [`Launch::directories`] |
/// | `{port}` | `site.port` | a leased port |
/// | `{port:NAME}` | `site.port_named(NAME)` | an additional leased port, one per name |
/// | `{secret}` | `site.secret` | a random string for passwords, different for each instance |
/// | `{NAME}` | `site.value(NAME)` | the value `NAME` of [`Launch::values`] |
/// | `{template}` | `site.template` | the directory that a [`Step::Template`] creates |
/// | `{dir\|path}` | `Quoting::Path.of(site.dir)` | the directory, [quoted](super::Quoting) for a URL |
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Launch {
    /// The name of the daemon in messages and paths.
    pub name: String,
    /// The programs that must be installed. Default: only those that the commands name.
    pub software: Vec<Software>,
    /// Steps before the first process starts, in this order.
    pub prepare: Vec<Step>,
    /// The processes, in start order. Each waits until those before it are ready, unless it is [`concurrent`](Process::concurrent).
    /// The main process is the one without a name, or else the last.
    pub processes: Vec<Process>,
    /// Other ways to run it, the first of which is used whose programs are installed, if those of [`Launch::software`] are not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<Alternative>,
    /// Additional directories by name, each with the user that owns it when the tests run as root; `None` means root.
    pub directories: BTreeMap<String, Option<String>>,
    /// How users select an existing server instead of starting one.
    pub reuse: Option<Reuse>,
    /// What to wait for if nothing is started because the server runs elsewhere.
    pub external: Option<Ready>,
    /// Ports chosen by the user, by name; the unnamed port is `""`. All others are leased.
    pub fixed_ports: BTreeMap<String, u16>,
    /// The host for clients.
    #[serde(with = "serialized")]
    pub host: String,
    /// The URL for clients; empty if there is none.
    #[serde(with = "serialized")]
    pub url: String,
    /// Named values that the daemon publishes besides the URL (`database`, `password` …). A value may refer to other values, up to 3 levels
    /// deep. Isolation may replace values.
    #[serde(with = "serialized")]
    pub values: BTreeMap<String, String>,
    /// Environment variables with which client programs find the daemon.
    #[serde(with = "serialized")]
    pub variables: BTreeMap<String, String>,
    /// Additional variables that only the command line exports, with its prefix.
    #[serde(with = "serialized")]
    pub cli_variables: BTreeMap<String, String>,
    /// What replaces values and variables for a test with a [wire](crate::Wire).
    #[serde(default, skip_serializing_if = "OverWire::is_empty")]
    pub over_wire: OverWire,
    /// What each test gets inside a shared instance.
    pub isolation: Isolation,
    /// The data that each test's dedicated server starts from. Tests do not share a server that has some.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<Box<Seed>>,
    /// The time limit for the whole start.
    pub timeout: Duration,
    /// How many bytes of output each log keeps; the oldest are discarded. Default: 64 MiB.
    pub output_limit: u64,
    /// What to do if a failed test finds these words in the log, by the words.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub advice: BTreeMap<String, String>,
    /// What is wrong with the daemon's options. The launch is refused with this text.
    pub invalid: Option<String>,
}

impl Launch {
    /// Creates a launch without processes. Defaults: host 127.0.0.1, no isolation, a timeout of 60 s.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            software: Vec::new(),
            prepare: Vec::new(),
            processes: Vec::new(),
            alternatives: Vec::new(),
            directories: BTreeMap::new(),
            reuse: None,
            external: None,
            fixed_ports: BTreeMap::new(),
            host: "127.0.0.1".into(),
            url: String::new(),
            values: BTreeMap::new(),
            variables: BTreeMap::new(),
            cli_variables: BTreeMap::new(),
            over_wire: OverWire::default(),
            isolation: Isolation::None,
            seed: None,
            timeout: Duration::from_secs(60),
            output_limit: 64 << 20,
            advice: BTreeMap::new(),
            invalid: None,
        }
    }

    /// Requires these programs.
    pub fn needs(mut self, software: Software) -> Self {
        for alternative in &mut self.alternatives {
            alternative.software.push(software.clone());
        }
        self.software.push(software);
        self
    }

    /// Adds a step before the first process starts.
    pub fn prepare(mut self, step: Step) -> Self {
        for alternative in &mut self.alternatives {
            alternative.prepare.push(step.clone());
        }
        self.prepare.push(step);
        self
    }

    /// Writes this file before the first process starts; see [`Step::Write`].
    pub fn write(self, path: impl Into<String>, text: impl Into<String>) -> Self {
        self.prepare(Step::write(path, text))
    }

    /// Adds a process. It starts after the processes added before it.
    pub fn run(mut self, process: Process) -> Self {
        for alternative in &mut self.alternatives {
            alternative.processes.push(process.clone());
        }
        self.processes.push(process);
        self
    }

    /// Adds a directory for `site.dir_named(name)`. This user owns it when the tests run as root.
    pub fn directory(mut self, name: impl Into<String>, user: Option<&str>) -> Self {
        self.directories.insert(name.into(), user.map(Into::into));
        self
    }

    /// Uses an existing server, if the user names one, instead of starting one.
    pub fn reuse(mut self, reuse: Reuse) -> Self {
        self.reuse = Some(reuse);
        self
    }

    /// Starts nothing and waits for a server that runs elsewhere.
    pub fn external(mut self, ready: Ready) -> Self {
        self.external = Some(ready);
        self
    }

    /// Uses this port, if it is given, instead of leasing one. The unnamed port is `""`.
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

    /// Publishes additional variables that only the command line exports, with its prefix.
    pub fn cli_variables<N: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.cli_variables.extend(texts(variables));
        self
    }

    /// Replaces values and variables for a test with a [wire](crate::Wire): those that would lead past it.
    pub fn over_wire(mut self, over_wire: OverWire) -> Self {
        self.over_wire = over_wire;
        self
    }

    /// Sets what each test gets. Default: [`Isolation::None`].
    pub fn isolation(mut self, isolation: impl Into<Isolation>) -> Self {
        self.isolation = isolation.into();
        self
    }

    /// Gives each test a dedicated server that starts from this data.
    pub fn seed(mut self, seed: Seed) -> Self {
        self.seed = Some(Box::new(seed));
        self
    }

    /// Sets the time limit for the whole start. Default: 60 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets how many bytes of output each log keeps; the oldest are discarded. Default: 64 MiB.
    pub fn output_limit(mut self, bytes: u64) -> Self {
        self.output_limit = bytes;
        self
    }

    /// Adds what to do if the daemon logs a line with these words. The report of a failed test says it below the log.
    pub fn advice(mut self, words: impl Into<String>, text: impl Into<String>) -> Self {
        self.advice.insert(words.into(), text.into());
        self
    }

    /// Refuses to start with this reason, if there is one. The first reason is kept.
    pub fn invalid(mut self, reason: Option<impl Into<String>>) -> Self {
        self.invalid = self.invalid.or(reason.map(Into::into));
        self
    }

    /// The subjects of all placeholders, each once.
    pub(crate) fn subjects(&self) -> Vec<Subject<'static>> {
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
        self.alternatives.each_text(visit);
        self.external.each_text(visit);
        visit(&mut self.host);
        visit(&mut self.url);
        self.values.each_text(visit);
        self.variables.each_text(visit);
        self.cli_variables.each_text(visit);
        self.over_wire.each_text(visit);
        self.isolation.each_text(visit);
        if let Some(seed) = &mut self.seed {
            seed.each_text(visit);
        }
    }
}
