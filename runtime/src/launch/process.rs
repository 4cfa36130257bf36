//! One server process.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::serialized;
use super::text::Texts;
use super::{Command, Ready, Step};

/// One server process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Process {
    /// The name; empty for the main or only process. Cluster nodes are called `node1`, `node2` ….
    pub name: String,
    /// Whether it starts without waiting until the processes before it are ready.
    pub concurrent: bool,
    /// Steps before its first start, in this order.
    pub prepare: Vec<Step>,
    /// What to run.
    pub command: Command,
    /// When it is ready.
    pub ready: Ready,
    /// Steps after it is ready for the first time, in this order.
    pub after_ready: Vec<Step>,
    /// How to stop it.
    pub stop: Stop,
    /// Its standard input.
    pub stdin: Input,
    /// Where its standard output goes.
    pub stdout: Output,
    /// Where its standard error goes.
    pub stderr: Output,
    /// Whether the listener may belong to a process that is not a descendant, such as a container engine's proxy.
    pub external_listener: bool,
}

impl Process {
    /// A process that logs to one file and is stopped by SIGTERM.
    pub fn new(command: Command, ready: Ready) -> Self {
        Self {
            name: String::new(),
            concurrent: false,
            prepare: Vec::new(),
            command,
            ready,
            after_ready: Vec::new(),
            stop: Stop::default(),
            stdin: Input::Empty,
            stdout: Output::Log,
            stderr: Output::Log,
            external_listener: false,
        }
    }

    /// Sets the name, if there are several processes.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Starts it without waiting until the processes before it are ready.
    pub fn concurrent(mut self) -> Self {
        self.concurrent = true;
        self
    }

    /// Adds a step before its first start.
    pub fn prepare(mut self, step: Step) -> Self {
        self.prepare.push(step);
        self
    }

    /// Adds a step after it is ready for the first time.
    pub fn after_ready(mut self, step: Step) -> Self {
        self.after_ready.push(step);
        self
    }

    /// Sets how it is stopped.
    pub fn stop(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// Sets its standard input. Default: [`Input::Empty`].
    pub fn stdin(mut self, stdin: Input) -> Self {
        self.stdin = stdin;
        self
    }

    /// Sets where its standard output goes. Default: [`Output::Log`].
    pub fn stdout(mut self, stdout: Output) -> Self {
        self.stdout = stdout;
        self
    }

    /// Sets where its standard error goes. Default: [`Output::Log`].
    pub fn stderr(mut self, stderr: Output) -> Self {
        self.stderr = stderr;
        self
    }

    /// Accepts a listener that is not a descendant, such as a container engine's proxy.
    pub fn external_listener(mut self) -> Self {
        self.external_listener = true;
        self
    }

    /// Sets the stop signal. `SIGKILL` is fastest, for servers whose data is discarded anyway.
    pub fn stopped_by(mut self, signal: impl Into<String>) -> Self {
        self.stop.signal = signal.into();
        self
    }
}

impl Texts for Process {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.prepare.each_text(visit);
        self.command.each_text(visit);
        self.ready.each_text(visit);
        self.after_ready.each_text(visit);
        if let Input::Text(text) = &mut self.stdin {
            visit(text);
        }
    }
}

/// What a process reads from its standard input.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Input {
    /// Nothing: reading returns end of file at once.
    Empty,
    /// Nothing, but it stays open: for programs that stop at end of file.
    Open,
    /// This text.
    Text(#[serde(with = "serialized")] String),
    /// A file.
    File(PathBuf),
}

/// Where a process's standard output or standard error goes. It is never a pipe, so the process cannot block on it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Output {
    /// The process's log, which keeps the newest [`Launch::output_limit`](super::Launch::output_limit) bytes.
    Log,
    /// A separate log with the same limit.
    Apart,
    /// Nowhere.
    Null,
    /// Appended to this file, without a limit.
    File(PathBuf),
}

/// How a process is stopped.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stop {
    /// The stop signal, by name. Default: `SIGTERM`.
    pub signal: String,
    /// The stop signal when the daemon is stopped to be started again, if `signal` would lose data that clients were told is written.
    /// Default: `signal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shutdown_signal: Option<String>,
    /// The signal after the grace period. Default: `SIGKILL`. If it is another one, `SIGKILL` follows a second later.
    pub kill_signal: String,
    /// How long to wait after the stop signal. Default: 10 s.
    pub grace: Duration,
    /// An exit that is treated as success, besides status 0 and death by the stop signal: an exit status, or a negative signal number
    /// (`-9` is SIGKILL).
    pub expected_returncode: Option<i32>,
}

impl Stop {
    /// Sets the stop signal.
    pub fn signal(mut self, signal: impl Into<String>) -> Self {
        self.signal = signal.into();
        self
    }

    /// Sets the stop signal when the daemon is stopped to be started again.
    pub fn shutdown_signal(mut self, signal: impl Into<String>) -> Self {
        self.shutdown_signal = Some(signal.into());
        self
    }

    /// Sets the signal after the grace period.
    pub fn kill_signal(mut self, signal: impl Into<String>) -> Self {
        self.kill_signal = signal.into();
        self
    }

    /// Sets how long to wait after the stop signal.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Also treats this exit status, or death by this negative signal number, as success.
    pub fn expected_returncode(mut self, code: i32) -> Self {
        self.expected_returncode = Some(code);
        self
    }
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            signal: "SIGTERM".into(),
            shutdown_signal: None,
            kill_signal: "SIGKILL".into(),
            grace: Duration::from_secs(10),
            expected_returncode: None,
        }
    }
}
