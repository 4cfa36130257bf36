//! As much of the protocol of Redis as leasing its databases needs.

use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};
use crate::isolation::wire::{Processes, Wire};
use crate::launch::Databases;

/// No answer is longer.
const LONGEST: usize = 64 << 20;

/// Lists are not nested deeper.
const DEEPEST: usize = 4;

/// A connection (<https://redis.io/docs/latest/develop/reference/protocol-spec/>, version 2).
pub(super) struct Connection(Wire);

/// An answer.
#[derive(Debug, PartialEq)]
pub(super) enum Answer {
    Nothing,
    Number(i64),
    Text(Vec<u8>),
    List(Vec<Answer>),
}

impl Connection {
    pub(super) fn open(
        databases: &Databases,
        processes: &Processes,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        let opened = Self::log_in(databases, processes, patience);
        opened.map_err(|problem| problem.while_connecting(&databases.socket))
    }

    fn log_in(
        databases: &Databases,
        processes: &Processes,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        let Databases {
            socket,
            user,
            password,
            ..
        } = databases;
        let mut connection = Self(Wire::open(socket, processes, patience)?);
        match (user.as_str(), password.as_str()) {
            // A server without a password says so too.
            ("", "") => connection.ask(&["PING"], patience)?,
            ("", password) => connection.ask(&["AUTH", password], patience)?,
            (user, password) => connection.ask(&["AUTH", user, password], patience)?,
        };
        Ok(connection)
    }

    /// Asks for something.
    pub(super) fn ask(
        &mut self,
        words: &[&str],
        patience: &Patience<'_>,
    ) -> Result<Answer, Problem> {
        let words = words.iter().map(|word| word.as_bytes());
        self.send(&request(words), patience)?;
        self.next_answer(patience)
    }

    /// Sends requests.
    pub(super) fn send(&mut self, requests: &[u8], patience: &Patience<'_>) -> Result<(), Problem> {
        self.0.write(requests, patience)
    }

    /// The answer to the first request that has none.
    pub(super) fn next_answer(&mut self, patience: &Patience<'_>) -> Result<Answer, Problem> {
        self.answer(DEEPEST, patience)
    }

    fn answer(&mut self, depth: usize, patience: &Patience<'_>) -> Result<Answer, Problem> {
        let line = self.0.line(LONGEST, patience)?;
        let line = String::from_utf8_lossy(&line);
        let (kind, rest) = line.split_at_checked(1).ok_or_else(foreign)?;
        let length = || rest.parse::<i64>().map_err(|_| foreign());
        match kind {
            "+" => Ok(Answer::Text(rest.into())),
            "-" => {
                let code = rest.split(' ').next().unwrap_or_default();
                Err(Problem::new(Kind::Refused(code.into()), rest))
            }
            ":" => Ok(Answer::Number(length()?)),
            "$" => match usize::try_from(length()?) {
                Ok(length) if length > LONGEST => Err(foreign()),
                Ok(length) => {
                    let mut text = self.0.take(length + 2, patience)?;
                    text.truncate(length);
                    Ok(Answer::Text(text))
                }
                Err(_) => Ok(Answer::Nothing),
            },
            "*" if depth > 0 => {
                let count = usize::try_from(length()?).unwrap_or(0);
                let answers = (0..count).map(|_| self.answer(depth - 1, patience));
                answers.collect::<Result<_, _>>().map(Answer::List)
            }
            _ => Err(foreign()),
        }
    }
}

impl Answer {
    /// The text, if it is one.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => str::from_utf8(text).ok(),
            _ => None,
        }
    }

    /// What is listed.
    pub(super) fn list(&self) -> &[Self] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }
}

/// A request as it is sent.
pub(super) fn request<'a>(words: impl ExactSizeIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut request = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        request.extend(format!("${}\r\n", word.len()).into_bytes());
        request.extend(word);
        request.extend(b"\r\n");
    }
    request
}

/// What answers is something else.
fn foreign() -> Problem {
    let text = "what answers there does not speak the protocol of Redis";
    Problem::new(Kind::Disconnected, text)
}
