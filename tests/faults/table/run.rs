//! The test run that a row strikes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use fixtured_tests::{
    Holder, Holding, Nested, Process, Scratch, alive, cargo, eventually, process, processes,
    scratch_directory, without_runner,
};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::given::Given;
use super::row::{Row, Runner};

/// A test run with the victim in it.
pub(crate) struct Run {
    nested: Nested,
    /// Cargo, which nextest's process is too.
    pub(crate) runner: Process,
    record: PathBuf,
    /// Whose session it is, if it is not the runner's, and what its holder says.
    host: Option<(Holder, Holding)>,
    _scratch: Scratch,
}

impl Run {
    /// Starts the run and waits until the victim has been given everything.
    pub(crate) fn start(row: &Row, number: usize) -> (Self, Given) {
        let scratch = scratch_directory(&format!("fault-{number}")).unwrap();
        let record = scratch.join("record");
        let mark = format!("victim-{}-{number}-end", std::process::id());
        let words = ["--workspace", "--offline", "--test", "subjects", "victim::"];
        let config = scratch.join("nextest.toml");
        let mut command = match row.runner {
            Runner::Cargo | Runner::Guest => cargo(&[&["test"], &words[..]].concat()),
            Runner::Nextest => cargo(&[&["nextest", "run"], &words[..]].concat()),
            Runner::ImpatientNextest => {
                fs::write(&config, IMPATIENT).unwrap();
                let config = ["--config-file", config.to_str().unwrap()];
                cargo(&[&["nextest", "run"], &words[..], &config].concat())
            }
            Runner::Terminal => in_terminal(&cargo(&[&["test"], &words[..]].concat())),
        };
        command
            .env("VICTIM_RECORD", &record)
            .env("VICTIM_ACT", row.act)
            .env("VICTIM_MARK", &mark);
        if row.calm() {
            command.env("VICTIM_CALM", "yes");
        }
        let host = (row.runner == Runner::Guest).then(|| {
            let hold = Command::new(env!("CARGO_BIN_EXE_hold"));
            let mut holder = Holder::start(hold).unwrap();
            let holding = holder.ask().unwrap();
            command.env("FIXTURED_SESSION", holder.pid().to_string());
            (holder, holding)
        });
        let nested = Nested::start(command, &scratch).unwrap();
        let (mut given, _) = eventually("the victim runs", || match Given::read(&record, &mark) {
            None if !alive(nested.pid()) => panic!("{}", nested.printed()),
            given => given,
        });
        if let Some((_, holding)) = &host {
            given.forget_the_session(&holding.url);
        }
        let runner = match row.runner {
            Runner::Terminal => child(nested.pid()),
            _ => process(nested.pid()),
        };
        let run = Self {
            runner: runner.expect("the runner runs"),
            nested,
            record,
            host,
            _scratch: scratch,
        };
        (run, given)
    }

    /// Tells the test to go on.
    pub(crate) fn go(&self) {
        fs::write(self.record.with_extension("go"), "").unwrap();
    }

    pub(crate) fn close_terminal(&self) {
        kill(Pid::from_raw(self.nested.pid() as i32), Signal::SIGKILL).unwrap();
    }

    /// Ends the runner and its process group, if they are still there.
    pub(crate) fn kill_runner(&self) {
        if self.runner.runs() {
            let _ = kill(Pid::from_raw(-(self.runner.pid as i32)), Signal::SIGKILL);
        }
    }

    /// The session of somebody else goes on, with the same server, until he ends; then nothing of it is left. Says what was wrong.
    pub(crate) fn see_the_session_go_on(&mut self) -> Option<String> {
        let (mut holder, holding) = self.host.take()?;
        let again = holder.ask().map(|again| again.server);
        if !again.as_ref().is_ok_and(|server| *server == holding.server) {
            return Some(format!("the session did not go on: {again:?}, {holding:?}"));
        }
        drop(holder);
        eventually("nothing is left of the session that went on", || {
            let there = holding.session().exists() || holding.dir.exists();
            (!there && !alive(holding.server)).then_some(())
        });
        None
    }

    /// Waits until the runner has ended, and returns what it printed.
    pub(crate) fn end(self) -> String {
        eventually("the runner ends", || {
            (!self.runner.runs() && !alive(self.nested.pid())).then_some(())
        });
        let (_, output) = self.nested.end().unwrap();
        output
    }
}

/// Nextest ends a test that takes longer than this.
const IMPATIENT: &str = "[profile.default]\nslow-timeout = { period = \"5s\", terminate-after = 1, grace-period = \"0s\" }\n";

/// The same command with a terminal of its own, whose other end the program `script` (util-linux) holds.
fn in_terminal(command: &Command) -> Command {
    let words = [command.get_program()]
        .into_iter()
        .chain(command.get_args());
    let words: Vec<_> = words
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--flush", "--command"]);
    terminal.args([&format!("exec {}", words.join(" ")), "/dev/null"]);
    terminal
        .env("SHELL", "/bin/sh")
        .stdin(std::process::Stdio::null());
    terminal.current_dir(command.get_current_dir().unwrap());
    without_runner(&mut terminal);
    terminal
}

fn child(parent: u32) -> Option<Process> {
    let mut all = processes().into_iter();
    all.find(|process| process.parent == parent)
}
