//! As much of MongoDB's protocol as databases need.

use std::time::Instant;

use serde_json::{Value, json};

use super::bson;
use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};
use crate::isolation::wire::{Processes, Wire, malformed};
use crate::process::pause;

/// The only kind of message (<https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/>).
const MESSAGE: i32 = 2013;

/// The header, the flags, and the kind of the section.
const HEAD: usize = 21;

/// What servers call `maxMessageSizeBytes`.
const LONGEST: usize = 48_000_000;

/// A connection. Numbers have their lowest byte first.
pub(super) struct Connection {
    wire: Wire,
    asked: i32,
}

impl Connection {
    /// Connects to a server that may want a login.
    pub(super) fn connect(
        address: &str,
        processes: &Processes,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        let wire = Wire::open(address, processes, patience)?;
        Ok(Self { wire, asked: 0 })
    }

    /// Has the server carry out a command in a database. The first field is the command's name.
    pub(super) fn ask(
        &mut self,
        database: &str,
        command: &[(&str, Value)],
        patience: &Patience<'_>,
    ) -> Result<Value, Problem> {
        let database = ("$db", Value::from(database));
        let fields = command.iter().chain([&database]);
        let body = bson::encode(fields.map(|(name, value)| (*name, value)));
        self.asked = self.asked.wrapping_add(1);
        let length = i32::try_from(HEAD + body.len()).map_err(|_| malformed())?;
        let head = [length, self.asked, 0, MESSAGE, 0].map(i32::to_le_bytes);
        self.wire
            .write(&[head.as_flattened(), &[0], &body].concat(), patience)?;
        let answer = bson::decode(&self.answer(patience)?).ok_or_else(malformed)?;
        match answer.get("ok").and_then(Value::as_f64) {
            Some(1.0) => Ok(answer),
            Some(_) => Err(refused(&answer)),
            None => Err(malformed()),
        }
    }

    /// The document of the next message, which answers what was asked.
    fn answer(&mut self, patience: &Patience<'_>) -> Result<Vec<u8>, Problem> {
        let mut head = [[0; 4]; 5];
        self.wire.read(head.as_flattened_mut(), patience)?;
        let [length, _, answers, kind, _] = head.map(i32::from_le_bytes);
        let length = usize::try_from(length).ok();
        let length = length.filter(|length| (HEAD..=LONGEST).contains(length));
        let length = length.ok_or_else(malformed)?;
        let mut section = self.wire.take(length - HEAD + 1, patience)?;
        match (kind, answers == self.asked, section.first()) {
            (MESSAGE, true, Some(0)) => Ok(section.split_off(1)),
            _ => Err(malformed()),
        }
    }

    /// Returns whether the server takes writes: it stands alone, is the primary of its replica set, or routes to those.
    pub(super) fn is_writable(&mut self, patience: &Patience<'_>) -> Result<bool, Problem> {
        let hello = self.ask("admin", &[("hello", json!(1))], patience)?;
        let writable = hello.get("isWritablePrimary").and_then(Value::as_bool);
        writable.ok_or_else(malformed)
    }

    /// Waits until the server takes writes.
    pub(super) fn await_writable(&mut self, patience: &Patience<'_>) -> Result<(), Problem> {
        let since = Instant::now();
        while !self.is_writable(patience)? {
            patience.pause(pause(since.elapsed()))?;
        }
        Ok(())
    }
}

/// The server has refused something.
fn refused(answer: &Value) -> Problem {
    let text = |name| answer.get(name).and_then(Value::as_str).unwrap_or_default();
    let code = answer.get("code").map(Value::to_string).unwrap_or_default();
    let said = format!("error {code} ({}): {}", text("codeName"), text("errmsg"));
    Problem::new(Kind::Refused(code), said)
}
