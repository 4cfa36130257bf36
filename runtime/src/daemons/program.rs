//! Any program as a daemon.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::address::reach;
use super::command_line::{CommandLine, IntoCommandLine, filled};
use super::file::{below, in_utf8};
use super::period::Period;
use crate::daemon::Daemon;
use crate::launch::{
    Command, HttpProbe, Input, Launch, Output, Process, Ready, Site, Stop, Texts, regex_template,
    serialized, template,
};

/// Any program as a daemon. `#[with_daemon]` and the executors are built on it.
///
/// Strings and paths may contain the placeholders `{port}`, `{port:NAME}` and `{dir}`; all other braces are literal. In a command for a
/// [`shell`](Self::shell), the directory is quoted as needed. The program runs in the working directory and with the environment of the test.
///
/// With a path that is not UTF-8, the start fails.
#[derive(Clone, Debug)]
pub struct Program {
    name: Option<String>,
    command: Option<CommandLine>,
    args: Vec<String>,
    shell: bool,
    ready: Ready,
    /// Whether it is ready when the request succeeds.
    pub(super) asks: bool,
    pub(super) probe: HttpProbe,
    stop: Stop,
    grace: Option<Duration>,
    timeout: Duration,
    cwd: Option<PathBuf>,
    inherit_env: bool,
    /// Variables without a value are removed.
    env: BTreeMap<String, Option<String>>,
    stdin: Input,
    stdout: Output,
    stderr: Output,
    output_limit: Option<u64>,
    external_listener: bool,
    pub(super) problem: Option<String>,
}

impl Program {
    /// Runs a command: a string that is split into words like in a shell, a list of words, or the path of a program.
    pub fn new(command: impl IntoCommandLine) -> Self {
        Self {
            name: None,
            command: Some(command.into_command_line()),
            args: Vec::new(),
            shell: false,
            ready: Ready::Started,
            asks: false,
            probe: HttpProbe::new(""),
            stop: Stop::default(),
            grace: None,
            timeout: Duration::from_secs(60),
            cwd: None,
            inherit_env: true,
            env: BTreeMap::new(),
            stdin: Input::Empty,
            stdout: Output::Log,
            stderr: Output::Log,
            output_limit: None,
            external_listener: false,
            problem: None,
        }
    }

    /// Runs the file at `path` under this name.
    pub fn bin(name: impl Into<String>, path: impl AsRef<Path>) -> Self {
        Self::new(path.as_ref()).named(name)
    }

    /// Runs nothing and waits for a server that runs elsewhere.
    pub fn external() -> Self {
        Self {
            command: None,
            ..Self::new("")
        }
    }

    /// Set the name in messages. Default: the program's file name.
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Append arguments to the command.
    pub fn args<T: Into<String>>(mut self, args: impl IntoIterator<Item = T>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Wait until `host:port` accepts a connection.
    pub fn tcp(mut self, address: impl Into<String>) -> Self {
        self.ready = Ready::Tcp(address.into());
        self
    }

    /// Wait until the Unix socket at this path accepts a connection.
    pub fn unix_socket(self, path: impl AsRef<Path>) -> Self {
        self.ready_at(path.as_ref(), Ready::UnixSocket)
    }

    /// Wait until a line of its output matches this regular expression.
    pub fn output(mut self, banner: impl Into<String>) -> Self {
        self.ready = Ready::Output(banner.into());
        self
    }

    /// Wait until this file exists. An empty path is an error.
    pub fn pid_file(self, path: impl AsRef<Path>) -> Self {
        self.ready_at(path.as_ref(), Ready::PidFile)
    }

    fn ready_at(mut self, path: &Path, ready: impl FnOnce(String) -> Ready) -> Self {
        match in_utf8(path) {
            Ok(path) => self.ready = ready(path.into()),
            Err(problem) => self.problem = Some(problem),
        }
        self
    }

    /// Limit the time of the whole start. Default: 60 s.
    pub fn timeout(mut self, timeout: impl Period) -> Self {
        match timeout.duration() {
            Ok(timeout) => self.timeout = timeout,
            Err(problem) => self.problem = Some(problem),
        }
        self
    }

    /// Wait this long after the stop signal before killing. Default: 10 s, or the timeout if that is shorter.
    pub fn grace(mut self, grace: impl Period) -> Self {
        match grace.duration() {
            Ok(grace) => self.grace = Some(grace),
            Err(problem) => self.problem = Some(problem),
        }
        self
    }

    /// Stop the program with this signal. Default: `SIGTERM`.
    pub fn stop_signal(mut self, signal: impl Into<String>) -> Self {
        self.stop.signal = signal.into();
        self
    }

    /// Use this signal after the grace period. Default: `SIGKILL`.
    pub fn kill_signal(mut self, signal: impl Into<String>) -> Self {
        self.stop.kill_signal = signal.into();
        self
    }

    /// Also treat this exit as success, besides status 0 and death by the stop signal: an exit status, or a negative signal number
    /// (`-9` is SIGKILL).
    pub fn expected_returncode(mut self, code: i32) -> Self {
        self.stop.expected_returncode = Some(code);
        self
    }

    /// Run the command with `/bin/sh`. Default: no.
    pub fn shell(mut self, shell: bool) -> Self {
        self.shell = shell;
        self
    }

    /// Set the working directory. Default: that of the test.
    pub fn cwd(mut self, path: impl AsRef<Path>) -> Self {
        self.cwd = Some(path.as_ref().into());
        self
    }

    /// Set environment variables.
    pub fn env<K: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let variables = pairs(variables).map(|(name, value)| (name, Some(value)));
        self.env.extend(variables);
        self
    }

    /// Remove an environment variable, inherited or set earlier.
    pub fn env_remove(mut self, name: impl Into<String>) -> Self {
        self.env.insert(name.into(), None);
        self
    }

    /// Inherit the test's environment. Default: yes. Otherwise the program gets little more than `PATH` and `HOME`.
    pub fn inherit_env(mut self, inherit: bool) -> Self {
        self.inherit_env = inherit;
        self
    }

    /// Set the standard input. Default: [`Input::Empty`].
    pub fn stdin(mut self, stdin: Input) -> Self {
        self.stdin = stdin;
        self
    }

    /// Set where standard output goes. Default: [`Output::Log`].
    pub fn stdout(mut self, stdout: Output) -> Self {
        self.stdout = stdout;
        self
    }

    /// Set where standard error goes. Default: [`Output::Log`].
    pub fn stderr(mut self, stderr: Output) -> Self {
        self.stderr = stderr;
        self
    }

    /// Keep the newest `bytes` bytes of each log. Default: 64 MiB.
    pub fn output_limit(mut self, bytes: u64) -> Self {
        self.output_limit = Some(bytes);
        self
    }

    /// Accept a listener that is not a descendant of the program, such as a container engine's proxy. Default: no; such a listener is an
    /// error.
    pub fn external_listener(mut self, accepted: bool) -> Self {
        self.external_listener = accepted;
        self
    }

    /// The words of the command with their placeholders.
    fn words(&self) -> Result<Vec<String>, String> {
        let words = match &self.command {
            None => Vec::new(),
            Some(command) => command.words(self.shell)?,
        };
        if self.command.is_some() && words.first().is_none_or(String::is_empty) {
            return Err("the command is empty".into());
        }
        Ok(words.into_iter().chain(filled(&self.args)).collect())
    }

    /// The command as the user gave it.
    pub(crate) fn shown(&self) -> String {
        let command = self.command.as_ref();
        command.map_or_else(String::new, CommandLine::shown)
    }

    /// The name of the signal after the grace period.
    pub(crate) fn kill_signal_name(&self) -> &str {
        &self.stop.kill_signal
    }

    /// Returns whether a listener that is not a descendant is accepted.
    pub(crate) fn accepts_external_listener(&self) -> bool {
        self.external_listener
    }

    fn ready(&self) -> Ready {
        let mut ready = match self.asks {
            true => Ready::Http(self.probe.clone()),
            false => self.ready.clone(),
        };
        match &mut ready {
            Ready::Output(pattern) => *pattern = regex_template(pattern),
            other => other.each_text(&mut |text| *text = template(text)),
        }
        ready
    }
}

impl Daemon for Program {
    fn launch(&self, site: &Site) -> Launch {
        let (words, mut problem) = match self.words() {
            Ok(words) => (words, self.problem.clone()),
            Err(problem) => (Vec::new(), Some(problem)),
        };
        let mut words = words.into_iter();
        let program = words.next();
        let file_name = program
            .as_deref()
            .and_then(|program| program.rsplit('/').next())
            .map_or("server".into(), serialized);
        let mut launch = Launch::new(self.name.clone().unwrap_or(file_name));
        let ready = self.ready();
        reach(&ready, &mut launch);
        match program {
            None => launch.external = Some(ready),
            Some(program) => {
                let mut command = Command::new(program, words);
                for (name, value) in &self.env {
                    match value {
                        Some(value) => drop(command.env.insert(name.clone(), template(value))),
                        None => drop(command.env_remove.insert(name.clone())),
                    }
                }
                command.inherit_env = self.inherit_env;
                let here = std::env::current_dir().unwrap_or_default();
                let mut utf8 = |path: PathBuf| match in_utf8(&path) {
                    Ok(_) => path,
                    Err(wrong) => {
                        problem = Some(wrong);
                        PathBuf::new()
                    }
                };
                let mut cwd = self.cwd.clone().unwrap_or_default();
                cwd.each_text(&mut |text| *text = template(text));
                command.cwd = Some(utf8(match self.cwd {
                    Some(_) => here.join(cwd),
                    None => here.clone(),
                }));
                let usual = self.stop.grace.min(self.timeout);
                let stop = Stop {
                    grace: self.grace.unwrap_or(usual),
                    ..self.stop.clone()
                };
                let mut texts = command.args.iter().chain(command.env.values());
                if launch.url.is_empty() && texts.any(|text| text.contains(site.port)) {
                    launch.url = format!("tcp://127.0.0.1:{}", site.port);
                }
                launch.processes.push(Process {
                    stop,
                    stdin: match &self.stdin {
                        Input::File(path) => Input::File(utf8(here.join(path))),
                        Input::Text(text) => Input::Text(template(text)),
                        other => other.clone(),
                    },
                    stdout: below(&here, &self.stdout, &mut utf8),
                    stderr: below(&here, &self.stderr, &mut utf8),
                    external_listener: self.external_listener,
                    ..Process::new(command, ready)
                });
            }
        }
        launch.timeout = self.timeout;
        launch.output_limit = self.output_limit.unwrap_or(launch.output_limit);
        launch.invalid = problem;
        launch
    }
}

pub(super) fn pairs<K: Into<String>, V: Into<String>>(
    pairs: impl IntoIterator<Item = (K, V)>,
) -> impl Iterator<Item = (String, String)> {
    let pairs = pairs.into_iter();
    pairs.map(|(name, value)| (name.into(), value.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(program: Program) -> Launch {
        program.launch(Site::symbolic())
    }

    #[test]
    fn it_is_called_after_its_file() {
        assert_eq!(launch(Program::new("/x/y --z")).name, "y");
        assert_eq!(launch(Program::new("/x/{port}")).name, "{port}");
    }

    #[test]
    fn impossible_values_are_refused_with_a_sentence() {
        for (program, wanted) in [
            (Program::new("'x"), "the command `'x` cannot be split"),
            (Program::new("x").timeout("3 x"), "invalid duration `3 x`"),
        ] {
            let problem = launch(program).invalid.unwrap();
            assert!(problem.starts_with(wanted), "{problem}");
        }
    }
}
