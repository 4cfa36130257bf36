//! Servers that are asked by HTTP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use super::patience::Patience;
use super::problem::{Kind, Problem};
use super::wire::{Processes, Wire, malformed};
use crate::launch::Databases;
use crate::ready::response;

/// No answer is longer.
const LONGEST: usize = 64 << 20;

/// How much of an answer that refuses something is shown.
const SHOWN: usize = 300;

/// The API of a server. Each request has its own connection.
#[derive(Debug)]
pub(super) struct Api {
    address: String,
    processes: Processes,
    /// What proves who we are: a header with the end of its line, or nothing.
    header: String,
}

/// An answer: its status, and its body.
pub(super) type Answer = (u16, Vec<u8>);

impl Api {
    /// Asks for what everybody may know.
    pub(super) fn new(databases: &Databases, processes: Processes) -> Self {
        Self {
            address: databases.socket.clone(),
            processes,
            header: String::new(),
        }
    }

    /// Says who asks: a user with a password, if there is one.
    pub(super) fn with_login(self, databases: &Databases) -> Self {
        let Databases { user, password, .. } = databases;
        match user.is_empty() {
            true => self,
            false => {
                let login = BASE64.encode(format!("{user}:{password}"));
                self.with_header("Authorization", &format!("Basic {login}"))
            }
        }
    }

    /// Sends this header too. A value with a line break, which would begin another one, is not sent.
    pub(super) fn with_header(mut self, name: &str, value: &str) -> Self {
        if !value.contains(['\r', '\n']) {
            self.header = format!("{name}: {value}\r\n");
        }
        self
    }

    /// Asks for something. The method and the target, such as `GET /v1/kv`, are what messages show.
    pub(super) fn ask(
        &self,
        what: &str,
        body: &[u8],
        patience: &Patience<'_>,
    ) -> Result<Answer, Problem> {
        let asked = self.answer(what, body, patience);
        asked.map_err(|problem| problem.while_connecting(&self.address))
    }

    /// Asks for something; an answer with another status than 2xx is an error.
    pub(super) fn demand(
        &self,
        what: &str,
        body: &[u8],
        patience: &Patience<'_>,
    ) -> Result<Vec<u8>, Problem> {
        match self.ask(what, body, patience)? {
            (200..300, body) => Ok(body),
            answer => Err(refused(&answer)),
        }
    }

    /// Removes something. What is not found has been removed.
    pub(super) fn remove(
        &self,
        what: &str,
        body: &[u8],
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        match self.demand(what, body, patience) {
            Err(problem) if problem.has_code("404") => Ok(()),
            removed => removed.map(drop),
        }
    }

    /// Asks for something in JSON.
    pub(super) fn demand_json(
        &self,
        what: &str,
        body: &[u8],
        patience: &Patience<'_>,
    ) -> Result<Value, Problem> {
        let body = self.demand(what, body, patience)?;
        serde_json::from_slice(&body).map_err(|_| malformed().while_connecting(&self.address))
    }

    fn answer(&self, what: &str, body: &[u8], patience: &Patience<'_>) -> Result<Answer, Problem> {
        let Self {
            address, header, ..
        } = self;
        let mut wire = Wire::open(address, &self.processes, patience)?;
        let length = body.len();
        let kind = match body {
            [] => "",
            _ => "Content-Type: application/json\r\n",
        };
        let request = format!(
            "{what} HTTP/1.1\r\nHost: {address}\r\n{kind}\
             Content-Length: {length}\r\nConnection: close\r\n{header}\r\n"
        );
        wire.write(&[request.as_bytes(), body].concat(), patience)?;
        let mut bytes = Vec::new();
        loop {
            let more = wire.some(patience)?;
            bytes.extend(&more);
            let response = response::read(&bytes, false).map_err(|_| {
                Problem::new(Kind::Disconnected, "what answers there does not speak HTTP")
            })?;
            match response {
                Some(response) if response.whole || more.is_empty() => {
                    return Ok((response.code, response.body));
                }
                None if more.is_empty() => return Err(Problem::closed()),
                _ if bytes.len() > LONGEST => return Err(malformed()),
                _ => {}
            }
        }
    }
}

/// The server has refused something.
pub(super) fn refused((status, body): &Answer) -> Problem {
    let text = String::from_utf8_lossy(body);
    let shown: String = text.trim().chars().take(SHOWN).collect();
    let text = match shown.as_str() {
        "" => format!("status {status}"),
        shown => format!("status {status}: {shown}"),
    };
    Problem::new(Kind::Refused(status.to_string()), text)
}
