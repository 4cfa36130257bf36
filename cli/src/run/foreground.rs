//! The command that the daemons are for.
#![expect(
    unsafe_code,
    reason = "what a child does before it runs its program has no safe form"
)]

use std::io;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::mpsc::Sender;
use std::thread;

use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{Pid, getpgid, getpgrp, tcgetpgrp, tcsetpgrp};

use super::asked::Asked;
use super::event::{Event, Events};
use super::variable::Variables;
use crate::failure::Failure;

/// Runs the command with our own terminal and streams, and waits until it ends; gives its exit code.
///
/// It stays in our process group, so keys of the terminal reach it as they would without us. Signals that only we get are handed on.
pub(crate) fn run(asked: &Asked, variables: &Variables, events: &Events) -> Result<u8, Failure> {
    let (program, args) = asked
        .command
        .split_first()
        .ok_or_else(|| Failure::usage("no command given"))?;
    let mut command = Command::new(program);
    command.args(args).envs(variables);
    let parent = nix::unistd::getpid();
    // SAFETY: it only makes system calls.
    unsafe {
        command.pre_exec(move || {
            // Without the daemons there is nothing for it to do.
            set_pdeathsig(Signal::SIGTERM)?;
            match nix::unistd::getppid() == parent {
                true => Ok(()),
                // Nothing may be allocated here.
                false => Err(io::Error::from_raw_os_error(nix::libc::ESRCH)),
            }
        });
    }
    let child = command.spawn().map_err(|error| {
        let code = if error.kind() == io::ErrorKind::NotFound {
            127
        } else {
            126
        };
        Failure::with_code(
            code,
            format!("cannot run `{}`: {error}", program.to_string_lossy()),
        )
    })?;
    let child = Pid::from_raw(child.id().cast_signed());
    let sender = events.sender.clone();
    thread::spawn(move || watch(child, &sender));
    loop {
        match events.next() {
            Event::Signal {
                signal,
                from_terminal: false,
            } => {
                // It may have ended just now.
                let _ = kill(child, signal);
            }
            Event::Command(WaitStatus::Exited(_, code)) => {
                return Ok(u8::try_from(code).unwrap_or(u8::MAX));
            }
            Event::Command(WaitStatus::Signaled(_, signal, _)) => {
                return Ok(128 + u8::try_from(signal as i32).unwrap_or_default());
            }
            Event::Command(WaitStatus::Stopped(..)) => stop_with(child),
            Event::Command(_) | Event::Signal { .. } => {}
            Event::Phase(..) | Event::Started(..) | Event::Abandoned | Event::Gone => {}
        }
    }
}

/// Says when the command stops, and when it ends.
fn watch(child: Pid, events: &Sender<Event>) {
    loop {
        match waitpid(child, Some(WaitPidFlag::WUNTRACED)) {
            Ok(status @ WaitStatus::Stopped(..)) => {
                let _ = events.send(Event::Command(status));
            }
            Ok(status) => {
                let _ = events.send(Event::Command(status));
                return;
            }
            Err(nix::errno::Errno::EINTR) => {}
            Err(_) => {
                let _ = events.send(Event::Command(WaitStatus::Exited(child, 1)));
                return;
            }
        }
    }
}

/// Stops too, when the command has stopped by itself, and goes on together with it: a shell that has made a process group of its own can be
/// suspended so. One in our group was stopped by a key that has stopped us as well.
fn stop_with(child: Pid) {
    let Ok(group) = getpgid(Some(child)) else {
        return;
    };
    let own = getpgrp();
    if group == own {
        return;
    }
    let terminal = std::fs::File::options()
        .read(true)
        .write(true)
        .open("/dev/tty")
        .ok();
    let had_terminal = terminal
        .as_ref()
        .is_some_and(|terminal| tcgetpgrp(terminal) == Ok(group));
    let _ = kill(Pid::this(), Signal::SIGSTOP);
    // Somebody has continued us.
    if let Some(terminal) =
        terminal.filter(|terminal| had_terminal && tcgetpgrp(terminal) == Ok(own))
    {
        let _ = tcsetpgrp(terminal, group);
    }
    let _ = kill(Pid::from_raw(-group.as_raw()), Signal::SIGCONT);
}
