//! Starting all daemons at once.

use std::sync::Arc;
use std::thread;

use fixtured::__command_line::{Follow, ProcessLog, Session};
use fixtured::Instance;
use fixtured::launch::Launch;

use super::asked::Asked;
use super::event::{Event, Events};
use super::pifpaf;
use crate::called_as::CalledAs;
use crate::failure::Failure;
use crate::messages::Messages;

/// Starts the daemons, in parallel, and returns them in their order. When this fails, nothing is left.
pub(crate) fn start(
    asked: &Asked,
    session: &Session,
    events: &Events,
    messages: &Arc<Messages>,
) -> Result<Vec<Instance<Launch>>, Failure> {
    let started = start_all(asked, session, events, messages);
    messages.still();
    if started.is_err() {
        session.end()?;
    }
    started
}

fn start_all(
    asked: &Asked,
    session: &Session,
    events: &Events,
    messages: &Arc<Messages>,
) -> Result<Vec<Instance<Launch>>, Failure> {
    let mut starts = Vec::new();
    for (number, daemon) in asked.daemons.iter().enumerate() {
        let progress = messages.starting(&daemon.name);
        let holding = session.hold(daemon.launch.clone())?;
        let sender = events.sender.clone();
        thread::spawn(move || {
            let told = sender.clone();
            let ready = holding.ready(|phase| {
                let _ = told.send(Event::Phase(number, phase.clone()));
            });
            let _ = sender.send(Event::Started(number, Box::new(ready)));
        });
        starts.push((progress, None, Vec::new()));
    }
    while starts.iter().any(|(_, instance, _)| instance.is_none()) {
        match events.next() {
            Event::Signal { signal, .. } => return Err(Failure::interrupted(signal as i32)),
            Event::Abandoned => return Err(Failure::silent(1)),
            Event::Phase(number, phase) => {
                let Some((progress, _, logs)) = starts.get_mut(number) else {
                    continue;
                };
                progress.phase(&phase.doing);
                // A start that is repeated has other logs.
                if messages.wants_output() && *logs != phase.logs {
                    show(&phase.logs, name(asked, number), Arc::clone(messages));
                    *logs = phase.logs;
                }
            }
            Event::Started(number, ready) => {
                let instance = (*ready).map_err(|error| not_started(asked, number, &error))?;
                for note in instance.notes() {
                    messages.say(note);
                }
                let Some((progress, place, _)) = starts.get_mut(number) else {
                    continue;
                };
                let at = asked.daemons.get(number).and_then(|_| port(&instance));
                messages.ready(
                    progress,
                    &at.map_or_else(String::new, |port| format!(" on port {port}")),
                );
                messages.detail(&format!(
                    "  {}, pid {}, {}",
                    instance.url(),
                    instance.pid(),
                    instance.dir().display()
                ));
                *place = Some(instance);
            }
            Event::Command(_) | Event::Gone => {}
        }
    }
    Ok(starts
        .into_iter()
        .filter_map(|(_, instance, _)| instance)
        .collect())
}

fn name(asked: &Asked, number: usize) -> String {
    asked
        .daemons
        .get(number)
        .map(|daemon| daemon.name.clone())
        .unwrap_or_default()
}

fn port(instance: &Instance<Launch>) -> Option<u16> {
    instance.ports().get("").copied()
}

fn not_started(asked: &Asked, number: usize, error: &fixtured::Error) -> Failure {
    let launch = asked.daemons.get(number).map(|daemon| &daemon.launch);
    let mut message = error.message();
    if let (CalledAs::Pifpaf, Some(launch)) = (asked.globals.called_as, launch) {
        message.headline = pifpaf::headline(launch, error).unwrap_or(message.headline);
    }
    let Some(log) = message.log.take() else {
        return Failure::new(message.to_string());
    };
    // It goes with the session; so it is no use to say where it is.
    let what = match log.lines() {
        [] => "empty",
        _ => "last lines (--debug shows all)",
    };
    message.details.push(("log", what.to_owned()));
    let lines = log.lines().iter().map(|line| format!("\n    | {line}"));
    Failure::new(format!("{message}{}", lines.collect::<String>()))
}

/// Shows what a daemon prints, from the start on and as long as this process runs.
fn show(logs: &[ProcessLog], daemon: String, messages: Arc<Messages>) {
    let logs = logs.to_vec();
    thread::spawn(move || {
        let lines = Follow::new(&logs);
        // Without being told of changes there is nothing to show.
        for (process, line) in lines.into_iter().flatten() {
            match logs.len() > 1 && !process.is_empty() {
                true => messages.output(&format!("{daemon} {process}"), &line),
                false => messages.output(&daemon, &line),
            }
        }
    });
}
