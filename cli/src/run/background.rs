//! Daemons for a shell: a process in the background holds them.

use std::fs::File;
use std::io::{self, Read, Write};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use fixtured::__command_line::Session;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, setsid};

use super::asked::Asked;
use super::event::{Event, Events};
use super::shell::{Shell, Told};
use super::{starting, variable};
use crate::failure::Failure;
use crate::messages::Messages;
use crate::print::print;

/// The option that tells a copy of this program to be the one in the background.
pub(crate) const OPTION: &str = "--background";

/// What the process in front says when the shell has got the variables.
const DELIVERED: &[u8] = b"!";

/// Starts the process in the background, and prints what it says.
pub(crate) fn launch(events: &Events) -> Result<ExitCode, Failure> {
    let failed =
        |error: io::Error| Failure::new(format!("cannot start the background process: {error}"));
    let program = std::env::current_exe().map_err(failed)?;
    let mut words = std::env::args_os();
    let mut command = Command::new(program);
    if let Some(name) = words.next() {
        std::os::unix::process::CommandExt::arg0(&mut command, name);
    }
    command
        .arg(OPTION)
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    let (mut stdin, stdout) = (child.stdin.take(), child.stdout.take());
    let sender = events.sender.clone();
    let reading = thread::spawn(move || {
        let mut said = String::new();
        let read = stdout.map(|mut stdout| stdout.read_to_string(&mut said));
        let _ = sender.send(Event::Gone);
        read.unwrap_or(Ok(0)).map(|_| said)
    });
    let mut interrupted = None;
    loop {
        match events.next() {
            Event::Signal { signal, .. } => {
                interrupted = Some(signal);
                let _ = kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGTERM);
            }
            Event::Gone => break,
            _ => {}
        }
    }
    let said = reading
        .join()
        .unwrap_or_else(|_| Ok(String::new()))
        .map_err(failed)?;
    if let (None, false) = (interrupted, said.is_empty()) {
        print(&said)
            .and_then(|()| {
                stdin
                    .as_mut()
                    .map_or(Ok(()), |stdin| stdin.write_all(DELIVERED))
            })
            .map_err(|error| Failure::new(format!("cannot print the variables: {error}")))?;
        return Ok(ExitCode::SUCCESS);
    }
    drop(stdin);
    let status = child.wait().map_err(failed)?;
    match interrupted {
        Some(signal) => Err(Failure::interrupted(signal as i32)),
        // It has said why.
        None => Err(Failure::silent(
            status
                .code()
                .and_then(|code| u8::try_from(code).ok())
                .unwrap_or(1),
        )),
    }
}

/// Is the process in the background: starts the daemons, says where they are, and holds them until it is asked to end.
pub(crate) fn hold(
    asked: &Asked,
    events: &Events,
    messages: &Arc<Messages>,
) -> Result<ExitCode, Failure> {
    // Keys of the terminal are not for this process, and it keeps running when the terminal is closed. It leads no group yet, so this works.
    let _ = setsid();
    let session = Session::begin()?;
    let sender = events.sender.clone();
    thread::spawn(move || await_delivery(&sender));
    let instances = starting::start(asked, &session, events, messages)?;
    let mut variables = variable::variables(asked, &session, &instances);
    let (globals, pid) = (&asked.globals, std::process::id().to_string());
    variables.insert(format!("{}_PID", globals.called_as.prefix()), pid);
    let before = variables
        .keys()
        .filter_map(|name| Some((name.clone(), std::env::var(name).ok()?)));
    let program = std::env::current_exe().unwrap_or_else(|_| globals.called_as.name().into());
    let text = Shell::named(&asked.shell).text(&Told {
        called_as: globals.called_as,
        prefix: &globals.prefix,
        daemons: &asked.names(),
        variables: &variables,
        before: &before.collect(),
        program: &program.to_string_lossy(),
    });
    let said = print(&text);
    // Whoever reads our output to its end must not wait for that of the daemons.
    let null = File::options().write(true).open("/dev/null");
    let let_go = null.and_then(|null| {
        nix::unistd::dup2_stdout(&null)?;
        Ok(nix::unistd::dup2_stderr(&null)?)
    });
    let mut result = said
        .and(let_go)
        .map_err(|error| Failure::new(format!("cannot print the variables: {error}")));
    if result.is_ok() {
        let sender = events.sender.clone();
        thread::scope(|scope| {
            scope.spawn(|| {
                let _ = session.wait();
                let _ = sender.send(Event::Gone);
            });
            loop {
                match events.next() {
                    Event::Abandoned => {
                        result = Err(Failure::silent(1));
                        break;
                    }
                    Event::Signal { .. } | Event::Gone => break,
                    _ => {}
                }
            }
            session.end()
        })?;
    }
    result.map(|()| ExitCode::SUCCESS)
}

/// Waits until the process in front says that the shell has the variables; if it ends before, the daemons are unreachable.
fn await_delivery(events: &Sender<Event>) {
    let mut said = Vec::new();
    let _ = io::stdin().read_to_end(&mut said);
    if said != DELIVERED {
        let _ = events.send(Event::Abandoned);
    }
}
