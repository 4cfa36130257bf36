//! A supervisor that has no servers, for tests of its clients.

use std::collections::HashMap;
use std::os::unix::net::UnixStream;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use super::connection::Connection;
use super::lease::Lease;
use super::protocol::{Reply, Request, receive, send};
use crate::instance::Facts;
use crate::launch::{Launch, Scope};

/// The first client of a name prepares its data, and the others wait for it.
#[derive(Default)]
pub(crate) struct Fake {
    prepared: Mutex<HashMap<String, State>>,
    changed: Condvar,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Underway,
    Ready,
}

impl Fake {
    /// A client that asks for what has this name.
    pub(crate) fn lease(self: &Arc<Self>, name: &str) -> Lease {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let fake = Arc::clone(self);
        thread::spawn(move || fake.serve(&theirs));
        let connection = Connection::new(ours, std::process::id());
        Lease::asked(
            connection,
            Launch::new(name),
            Scope::Session.into(),
            "a test",
        )
        .unwrap()
    }

    fn serve(&self, client: &UnixStream) {
        let mut name = String::new();
        while let Ok(Some(request)) = receive(client) {
            let reply = match request {
                Request::Acquire { wanted, .. } => {
                    name = wanted.launch.name.clone();
                    self.take(&name)
                }
                Request::Prepared(Ok(())) => {
                    self.set(&name, Some(State::Ready));
                    Reply::Acquired(Box::default())
                }
                Request::Prepared(Err(reason)) => {
                    self.set(&name, None);
                    Reply::Failed(crate::error::Cause::io("prepare", reason))
                }
                _ => Reply::Done,
            };
            if send(client, &reply).is_err() {
                break;
            }
        }
        if self.prepared.lock().unwrap().get(&name) == Some(&State::Underway) {
            self.set(&name, None);
        }
    }

    fn take(&self, name: &str) -> Reply {
        let mut prepared = self.prepared.lock().unwrap();
        while prepared.get(name) == Some(&State::Underway) {
            prepared = self.changed.wait(prepared).unwrap();
        }
        if prepared.contains_key(name) {
            return Reply::Acquired(Box::default());
        }
        prepared.insert(name.into(), State::Underway);
        Reply::Prepare(Box::new(Facts {
            url: name.into(),
            ..Facts::default()
        }))
    }

    fn set(&self, name: &str, state: Option<State>) {
        let mut prepared = self.prepared.lock().unwrap();
        match state {
            Some(state) => drop(prepared.insert(name.into(), state)),
            None => drop(prepared.remove(name)),
        }
        self.changed.notify_all();
    }
}
