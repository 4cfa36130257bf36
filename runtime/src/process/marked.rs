//! Processes that are told by their environment.

use std::fs;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::identity::Identity;
use super::tree;

/// The processes that were started with this variable, and its value. Zombies have none.
pub(crate) fn with_variable(name: &str) -> Vec<(Identity, Vec<u8>)> {
    let of = |pid: u32| {
        let process = Identity::of(pid)?;
        let environment = fs::read(format!("/proc/{pid}/environ")).ok()?;
        let mut variables = environment.split(|byte| *byte == 0);
        let value = variables.find_map(|variable| {
            let value = variable.strip_prefix(name.as_bytes())?;
            value.strip_prefix(b"=")
        })?;
        Some((process, value.to_owned()))
    };
    tree::all().into_iter().filter_map(of).collect()
}

/// Sends the signal to this very process, if it still runs.
pub(crate) fn signal(process: Identity, signal: Signal) {
    if process.runs() {
        let _ = kill(Pid::from_raw(process.pid.cast_signed()), signal);
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn a_process_is_told_by_its_variable() {
        let mut child = Command::new("sleep")
            .arg("1000")
            .env("FIXTURED_TEST_MARK", "a=b")
            .spawn()
            .unwrap();
        let found = || with_variable("FIXTURED_TEST_MARK");
        let marked = loop {
            // Until it runs its program, it looks like this process.
            if let Some(marked) = found().pop() {
                break marked;
            }
        };
        let process = Identity::of(child.id()).unwrap();
        assert_eq!(marked, (process, b"a=b".to_vec()));
        let other = Identity {
            started: process.started + 1,
            ..process
        };
        signal(other, Signal::SIGKILL);
        assert!(child.try_wait().unwrap().is_none());
        signal(process, Signal::SIGKILL);
        child.wait().unwrap();
        assert!(found().is_empty());
    }
}
