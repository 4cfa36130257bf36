//! Ways to die.

use fixtured_tests::{Process, halt};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::given::Given;
use super::run::Run;

/// What is done to a test run.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Strike {
    /// The test is told to go on, and ends by its own act.
    Go,
    /// Nothing: somebody else loses patience.
    Wait,
    /// The runner's process group gets a signal, as from a terminal.
    Group(Signal),
    /// One process gets a signal.
    One(Who, Signal),
    /// All of these are killed at the same moment.
    Together(&'static [Who]),
    /// The program that holds the other end of the terminal is killed.
    CloseTerminal,
}

/// Somebody who can be struck.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Who {
    Test,
    Runner,
    Supervisor,
    /// All keepers.
    Keepers,
    /// The keeper of the daemon with this name.
    Keeper(&'static str),
    /// The daemon with this name.
    Daemon(&'static str),
}

impl Strike {
    /// Who is struck by name.
    pub(crate) fn struck(&self) -> Vec<Who> {
        match self {
            Self::One(who, _) => vec![*who],
            Self::Together(all) => all.to_vec(),
            _ => Vec::new(),
        }
    }

    /// Whether it leaves the session without a supervisor that could remove anything.
    pub(crate) fn kills_the_supervisor(&self) -> bool {
        let told = matches!(self, Self::One(_, signal) if *signal != Signal::SIGKILL);
        self.struck().contains(&Who::Supervisor) && !told
    }

    /// Whether only daemons and their keepers are struck, so that the test run goes on.
    pub(crate) fn spares_the_run(&self) -> bool {
        let struck = self.struck();
        let of_run = [Who::Test, Who::Runner, Who::Supervisor];
        !struck.is_empty() && !struck.iter().any(|who| of_run.contains(who))
    }

    /// Strikes.
    pub(crate) fn strike(&self, run: &Run, given: &Given) {
        match self {
            Self::Go => run.go(),
            Self::Wait => {}
            Self::Group(signal) => {
                kill(Pid::from_raw(-(run.runner.pid as i32)), *signal).unwrap();
            }
            Self::One(who, signal) => {
                for process in who.processes(run, given) {
                    send(&process, *signal);
                }
            }
            Self::Together(all) => {
                let all = all.iter().flat_map(|who| who.processes(run, given));
                at_once(&all.collect::<Vec<_>>());
            }
            Self::CloseTerminal => run.close_terminal(),
        }
    }
}

impl Who {
    fn processes(self, run: &Run, given: &Given) -> Vec<Process> {
        match self {
            Self::Test => vec![given.test.clone()],
            Self::Runner => vec![run.runner.clone()],
            Self::Supervisor => vec![given.supervisor.clone()],
            Self::Keepers => given.keepers.clone(),
            Self::Keeper(daemon) => vec![given.keeper(daemon).clone()],
            Self::Daemon(daemon) => vec![given.daemons[daemon].clone()],
        }
    }
}

/// Kills all of them at the same moment: they are stopped before, so that none lives to see another one's end.
fn at_once(all: &[Process]) {
    halt(all.iter().map(|process| process.pid));
    for process in all {
        send(process, Signal::SIGKILL);
    }
}

fn send(process: &Process, signal: Signal) {
    assert!(process.runs(), "{} has ended already", process.command);
    kill(Pid::from_raw(process.pid as i32), signal).unwrap();
}
