//! One row of the table: a way to die, and what was left.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use fixtured_tests::{Process, eventually, without_runner};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::bystander::Bystander;
use super::given::{Given, Left};
use super::run::Run;
use super::strike::{Strike, Who};

/// How long anything may take to be gone. The longest grace period of the victim's daemons is 5 s.
const DEADLINE: Duration = Duration::from_secs(60);

/// Who runs the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Runner {
    Cargo,
    Nextest,
    /// Nextest, ending tests that take too long.
    ImpatientNextest,
    /// Cargo in a terminal.
    Terminal,
    /// Cargo, in a session that somebody else runs, and that so goes on.
    Guest,
}

impl Runner {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Cargo => "cargo",
            Self::Nextest => "nextest",
            Self::ImpatientNextest => "nextest with a timeout",
            Self::Terminal => "cargo in a terminal",
            Self::Guest => "cargo in a session that goes on",
        }
    }
}

/// A way to die.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) runner: Runner,
    /// What the victim does when it is told to go on.
    pub(crate) act: &'static str,
    pub(crate) strike: Strike,
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) left: Left,
    /// Processes that no supervisor could know of, as the README says; they were ended by the row.
    pub(crate) escaped: usize,
    /// What happened to the other session.
    pub(crate) bystander: Option<String>,
    pub(crate) took: Duration,
    /// What else was not as it should be.
    pub(crate) wrong: Vec<String>,
}

impl Row {
    /// Whether nobody may be left to collect what a daemon forks.
    pub(crate) fn calm(&self) -> bool {
        let struck = self.strike.struck();
        struck.contains(&Who::Supervisor) && struck.contains(&Who::Keepers)
    }

    /// Runs the victim, strikes, and sees what is left.
    pub(crate) fn play(&self, number: usize, bystander: &Bystander) -> Outcome {
        let (mut run, mut given) = Run::start(self, number);
        let mut outcome = Outcome::default();
        let missing = given.missing();
        assert!(missing.is_empty(), "{missing:?} were not there");
        match self.act {
            "start" => {
                run.go();
                eventually("a daemon starts", || given.add_late("never").map(drop));
            }
            "stop" => {
                run.go();
                eventually("a daemon is being stopped", || {
                    given
                        .add_late("ignore-term")
                        .filter(|late| is_asked(late))
                        .map(drop)
                });
            }
            _ => {}
        }
        let began = Instant::now();
        self.strike.strike(&run, &given);
        if self.strike.spares_the_run() {
            self.see_the_run_go_on(&given, &mut outcome);
            run.go();
        }
        if self.strike.kills_the_supervisor() {
            self.see_the_daemons_end(&given, &mut outcome);
            run.kill_runner();
            wait(|| !run.runner.runs());
            next_session();
        }
        wait(|| given.running().is_empty() && given.left().is_empty());
        outcome.took = began.elapsed();
        outcome.left = given.left();
        outcome.bystander = bystander.harm();
        // A test whose runner is gone goes on as an orphan that has nothing any more.
        end(&given.test);
        // What has not ended by now will not. The keepers end with what they keep.
        given.kept().for_each(end);
        given.marked().iter().for_each(end);
        given.memory.remove();
        outcome.wrong.extend(run.see_the_session_go_on());
        let output = run.end();
        if output.contains("LEAK") {
            outcome
                .wrong
                .push(format!("nextest reports a leak: {output}"));
        }
        if self.runner == Runner::ImpatientNextest && !output.contains("TIMEOUT") {
            outcome.wrong.push(format!("no timeout: {output}"));
        }
        outcome
    }

    /// Only what was struck ends, with all that descends from it.
    fn see_the_run_go_on(&self, given: &Given, outcome: &mut Outcome) {
        let struck = self.strike.struck();
        let ends = |daemon: &str| {
            struck.iter().any(|who| match who {
                Who::Daemon(name) | Who::Keeper(name) => *name == daemon,
                _ => *who == Who::Keepers,
            })
        };
        let (ending, staying): (Vec<_>, Vec<_>) =
            given.daemons.keys().partition(|daemon| ends(daemon));
        let ending = ending.iter().flat_map(|daemon| given.of_daemon(daemon));
        let ending: Vec<_> = ending.collect();
        let ended = || ending.iter().all(|process| !process.runs());
        if !wait(|| ended() && (!staying.is_empty() || given.marked().is_empty())) {
            outcome.wrong.push(format!(
                "while the run went on, some stayed: {:?}, {:?}",
                ending.iter().filter(|process| process.runs()),
                given.marked()
            ));
        }
        let mut others = staying.iter().map(|daemon| &given.daemons[*daemon]);
        let others_run = others.all(Process::runs) && given.supervisor.runs();
        if !others_run {
            outcome
                .wrong
                .push("others than the struck have ended".into());
        }
    }

    /// Without the supervisor, all processes end nevertheless.
    fn see_the_daemons_end(&self, given: &Given, outcome: &mut Outcome) {
        let escapes = |process: &Process| self.calm() && process.command.contains(" detached ");
        let left = || given.running().into_iter().filter(|it| !escapes(it));
        if !wait(|| left().next().is_none()) {
            let left: Vec<_> = left().collect();
            let wrong = format!("without the supervisor, some stayed: {left:?}");
            outcome.wrong.push(wrong);
        }
        let escaped: Vec<_> = given.running().into_iter().filter(escapes).collect();
        escaped.iter().for_each(end);
        outcome.escaped = escaped.len();
    }
}

/// Whether the process has been sent SIGTERM, which it blocks.
fn is_asked(process: &Process) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", process.pid)).unwrap_or_default();
    let pending = status.lines().find_map(|line| line.strip_prefix("ShdPnd:"));
    let pending = pending.and_then(|set| u64::from_str_radix(set.trim(), 16).ok());
    pending.is_some_and(|set| set & (1 << (Signal::SIGTERM as u64 - 1)) != 0)
}

/// A session that begins, and so sweeps. Its own process is its runner.
fn next_session() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_acquire"));
    without_runner(&mut command);
    command.stdout(Stdio::null());
    assert!(command.status().unwrap().success());
}

fn end(process: &Process) {
    if process.runs() {
        let _ = kill(Pid::from_raw(process.pid as i32), Signal::SIGKILL);
    }
}

/// Looks until it is done, or the deadline has passed. Says whether it was done.
fn wait(done: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !done() {
        if began.elapsed() > DEADLINE {
            return false;
        }
        thread::sleep(Duration::from_millis(4));
    }
    true
}
