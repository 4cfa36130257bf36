//! Authentication at a server that requires a password.

use std::io;

use serde_json::{Value, json};

use super::bson;
use super::connection::Connection;
use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};
use crate::isolation::scram::{MECHANISM, Scram};
use crate::isolation::wire::{Processes, malformed};
use crate::launch::Databases;

/// The database that knows the users: other ones may, too, but hardly those of an administrator.
const USERS: &str = "admin";

/// Connects, and logs in if there is a user.
pub(super) fn open(
    databases: &Databases,
    processes: &Processes,
    patience: &Patience<'_>,
) -> Result<Connection, Problem> {
    let connected = Connection::connect(&databases.socket, processes, patience);
    let opened = connected.and_then(|mut connection| {
        log_in(&mut connection, databases, patience)?;
        Ok(connection)
    });
    opened.map_err(|problem| problem.while_connecting(&databases.socket))
}

/// Logs in, and makes sure that this is MongoDB.
fn log_in(
    connection: &mut Connection,
    databases: &Databases,
    patience: &Patience<'_>,
) -> Result<(), Problem> {
    let Databases { user, password, .. } = databases;
    if user.is_empty() {
        let hello = [("hello", json!(1))];
        return connection.ask(USERS, &hello, patience).map(drop);
    }
    let asked = json!(format!("{USERS}.{user}"));
    let hello = [("hello", json!(1)), ("saslSupportedMechs", asked)];
    let hello = connection.ask(USERS, &hello, patience)?;
    let known = hello.get("saslSupportedMechs").and_then(Value::as_array);
    // A server does not tell whether it has such a user.
    if known.is_some_and(|known| known.iter().all(|mechanism| mechanism != MECHANISM)) {
        let known = known.into_iter().flatten().filter_map(Value::as_str);
        let known = known.collect::<Vec<_>>().join(", ");
        let problem = format!(
            "the user `{user}` logs in by {known}; fixtured knows {MECHANISM} only, which a new password enables"
        );
        return Err(Problem::new(Kind::Refused(String::new()), problem));
    }
    prove(connection, user, password, patience)
}

fn prove(
    connection: &mut Connection,
    user: &str,
    password: &str,
    patience: &Patience<'_>,
) -> Result<(), Problem> {
    let mut scram = Scram::new(user, password)?;
    let start = [
        ("saslStart", json!(1)),
        ("mechanism", json!(MECHANISM)),
        ("payload", bson::binary(scram.begin().as_bytes())),
        ("options", json!({ "skipEmptyExchange": true })),
    ];
    let answer = connection.ask(USERS, &start, patience)?;
    let proof = scram.prove(&payload(&answer)?)?;
    let answer = proceed(connection, &answer, proof.as_bytes(), patience)?;
    scram.verify(&payload(&answer)?)?;
    // Versions before 4.4 want to be told that nothing follows.
    let ended = match is_done(&answer) {
        true => answer,
        false => proceed(connection, &answer, b"", patience)?,
    };
    match is_done(&ended) {
        true => Ok(()),
        false => Err(io::Error::other("the server does not end the login").into()),
    }
}

fn proceed(
    connection: &mut Connection,
    answer: &Value,
    payload: &[u8],
    patience: &Patience<'_>,
) -> Result<Value, Problem> {
    let conversation = answer.get("conversationId").cloned().unwrap_or_default();
    let next = [
        ("saslContinue", json!(1)),
        ("conversationId", conversation),
        ("payload", bson::binary(payload)),
    ];
    connection.ask(USERS, &next, patience)
}

fn payload(answer: &Value) -> Result<Vec<u8>, Problem> {
    answer
        .get("payload")
        .and_then(bson::bytes)
        .ok_or_else(malformed)
}

fn is_done(answer: &Value) -> bool {
    answer.get("done").and_then(Value::as_bool) == Some(true)
}
