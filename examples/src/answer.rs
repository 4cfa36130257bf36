//! Requests and their responses.

use std::io;

use tiny_http::{Method, Request};

use crate::store::{self, Store};

/// The status and body of the response to a request.
pub(crate) fn to(request: &mut Request, store: &mut dyn Store) -> store::Result<(u16, String)> {
    let path = request.url().to_owned();
    let path: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    Ok(match (request.method(), path.as_slice()) {
        (Method::Get | Method::Head, ["health"]) => (204, String::new()),
        (Method::Post, ["notes"]) => match text(request) {
            Ok(text) => (201, store.add(&text)?.to_string()),
            Err(error) => (400, error.to_string()),
        },
        (Method::Get, ["notes"]) => (200, lines(&store.all()?)),
        (Method::Get, ["notes", id]) => match store.get(number(id))? {
            Some(text) => (200, text),
            None => (404, format!("no note {id}")),
        },
        (Method::Delete, ["notes", id]) => match store.remove(number(id))? {
            true => (204, String::new()),
            false => (404, format!("no note {id}")),
        },
        _ => (404, "no such page".into()),
    })
}

fn text(request: &mut Request) -> io::Result<String> {
    io::read_to_string(request.as_reader())
}

/// Parses a note's ID. Returns 0, which no note has, for anything else.
fn number(id: &str) -> i64 {
    id.parse().unwrap_or(0)
}

fn lines(texts: &[String]) -> String {
    texts.iter().map(|text| format!("{text}\n")).collect()
}
