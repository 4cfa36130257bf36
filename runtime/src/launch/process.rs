//! One server process.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::text::Texts;
use super::written;
use super::{Command, Ready, Step};

/// One server process.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Process {
    /// Its name among several; empty for the only one. Those that tests can stop and start are `node1`, `node2` ….
    pub name: String,
    /// Whether it starts without waiting until the processes before it are ready.
    pub concurrent: bool,
    /// What to do before it starts for the first time, in this order.
    pub prepare: Vec<Step>,
    /// What to run.
    pub command: Command,
    /// When it counts as started.
    pub ready: Ready,
    /// What to do when it is ready for the first time, in this order.
    pub after_ready: Vec<Step>,
    /// How to end it.
    pub stop: Stop,
    /// What it reads from its standard input.
    pub stdin: Input,
    /// Where its standard output goes.
    pub stdout: Output,
    /// Where its standard error goes.
    pub stderr: Output,
    /// Whether the listener that makes it ready may be a process which does not descend from it, such as that of a container engine.
    pub external_listener: bool,
}

impl Process {
    /// A process with a single log, ended gently.
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

    /// Calls it this, among several.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Starts it without waiting until the processes before it are ready.
    pub fn concurrent(mut self) -> Self {
        self.concurrent = true;
        self
    }

    /// Adds a step before it starts for the first time.
    pub fn prepare(mut self, step: Step) -> Self {
        self.prepare.push(step);
        self
    }

    /// Adds a step after it is ready for the first time.
    pub fn after_ready(mut self, step: Step) -> Self {
        self.after_ready.push(step);
        self
    }

    /// Sets how it is ended.
    pub fn stop(mut self, stop: Stop) -> Self {
        self.stop = stop;
        self
    }

    /// Sets what it reads. Default: [`Input::Empty`].
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

    /// Accepts a listener that does not descend from it, such as that of a container engine.
    pub fn external_listener(mut self) -> Self {
        self.external_listener = true;
        self
    }

    /// Ends the process by `signal`, for servers whose data is thrown away.
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
    /// Nothing: it is at its end.
    Empty,
    /// Nothing, but it never ends: for programs that stop when it does.
    Open,
    /// This text.
    Text(#[serde(with = "written")] String),
    /// A file.
    File(PathBuf),
}

/// Where a process's standard output or standard error goes; never into a pipe, so that it cannot block.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Output {
    /// The process's log, of which the newest [`Launch::output_limit`](super::Launch::output_limit) bytes are kept.
    Log,
    /// A separate log beside it, under the same limit.
    Apart,
    /// Nowhere.
    Null,
    /// The end of a file of the user's, which keeps all of it.
    File(PathBuf),
}

/// How a process is ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stop {
    /// The signal that asks it to end, by name. Default: `SIGTERM`.
    pub signal: String,
    /// The signal for what is left after the grace period. Default: `SIGKILL`, which in any case follows a second later.
    pub kill_signal: String,
    /// How long it may take to end by itself. Default: 10 s.
    pub grace: Duration,
    /// How it may end as well, besides exit status 0 and death by the stop signal: with this exit status, or by the signal with this
    /// number as a negative one.
    pub expected_returncode: Option<i32>,
}

impl Stop {
    /// Sets the signal that asks it to end.
    pub fn signal(mut self, signal: impl Into<String>) -> Self {
        self.signal = signal.into();
        self
    }

    /// Sets the signal for what is left after the grace period.
    pub fn kill_signal(mut self, signal: impl Into<String>) -> Self {
        self.kill_signal = signal.into();
        self
    }

    /// Sets how long it may take to end by itself.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// Accepts this exit status too, or death by the signal with this number as a negative one.
    pub fn expected_returncode(mut self, code: i32) -> Self {
        self.expected_returncode = Some(code);
        self
    }
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
