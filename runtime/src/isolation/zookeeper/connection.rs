//! As much of ZooKeeper's protocol as making and deleting nodes needs.

use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};
use crate::isolation::wire::{Processes, Wire, malformed};

/// How long the server keeps a session that says nothing, in milliseconds. We do not keep ours alive: the next one is as good.
const SESSION: i32 = 60_000;

/// Nobody has more children.
const LONGEST: usize = 64 << 20;

const CREATE: i32 = 1;
const DELETE: i32 = 2;
const CHILDREN: i32 = 8;

const NO_NODE: i32 = -101;
const NOT_EMPTY: i32 = -111;
const EXPIRED: i32 = -112;

/// A session of ours. Numbers have their highest byte first, texts and lists their length before them (the protocol is that of
/// `zookeeper.jute` in ZooKeeper's source).
pub(super) struct Connection {
    wire: Wire,
    asked: i32,
}

/// What became of a node that was to be deleted.
#[derive(Debug, PartialEq)]
pub(super) enum Deleted {
    Gone,
    HasChildren,
}

impl Connection {
    pub(super) fn open(
        address: &str,
        processes: &Processes,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        let opened = Self::log_in(address, processes, patience);
        opened.map_err(|problem| problem.while_connecting(address))
    }

    fn log_in(
        address: &str,
        processes: &Processes,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        let wire = Wire::open(address, processes, patience)?;
        let mut connection = Self { wire, asked: 0 };
        // Version 0; the last transaction that was seen; the timeout; no session to go on with, and its password.
        let request = [&[0; 12][..], &SESSION.to_be_bytes(), &[0; 8], &text("")];
        connection.send(&request.concat(), patience)?;
        connection.receive(patience)?;
        Ok(connection)
    }

    /// Makes a node that everybody may do everything with.
    pub(super) fn create(&mut self, path: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let everybody = [&31_i32.to_be_bytes()[..], &text("world"), &text("anyone")].concat();
        let one = 1_i32.to_be_bytes();
        let request = [&text(path)[..], &text(""), &one, &everybody, &[0; 4]].concat();
        let (code, _) = self.ask(CREATE, &request, patience)?;
        done(code)
    }

    /// Deletes a node, whatever its version, if it has no children.
    pub(super) fn delete(
        &mut self,
        path: &str,
        patience: &Patience<'_>,
    ) -> Result<Deleted, Problem> {
        let any = (-1_i32).to_be_bytes();
        match self.ask(DELETE, &[&text(path)[..], &any].concat(), patience)? {
            (0 | NO_NODE, _) => Ok(Deleted::Gone),
            (NOT_EMPTY, _) => Ok(Deleted::HasChildren),
            (code, _) => Err(problem(code)),
        }
    }

    /// The names of the nodes below a node; none if there is no such node.
    pub(super) fn children(
        &mut self,
        path: &str,
        patience: &Patience<'_>,
    ) -> Result<Vec<String>, Problem> {
        // No watch.
        match self.ask(CHILDREN, &[&text(path)[..], &[0]].concat(), patience)? {
            (0, answer) => Ok(names(&answer).ok_or_else(malformed)?),
            (NO_NODE, _) => Ok(Vec::new()),
            (code, _) => Err(problem(code)),
        }
    }

    /// Asks for something; returns the code and the rest of the answer.
    fn ask(
        &mut self,
        what: i32,
        request: &[u8],
        patience: &Patience<'_>,
    ) -> Result<(i32, Vec<u8>), Problem> {
        self.asked = self.asked.wrapping_add(1) & i32::MAX;
        let head = [self.asked.to_be_bytes(), what.to_be_bytes()].concat();
        self.send(&[&head, request].concat(), patience)?;
        let answer = self.receive(patience)?;
        let mut rest = &*answer;
        let found = number(&mut rest).filter(|number| *number == self.asked);
        // The number of the last transaction is in between.
        let code = found.and_then(|_| take(&mut rest, 8).and_then(|_| number(&mut rest)));
        Ok((code.ok_or_else(malformed)?, rest.to_vec()))
    }

    fn send(&mut self, bytes: &[u8], patience: &Patience<'_>) -> Result<(), Problem> {
        let length = i32::try_from(bytes.len()).map_err(|_| malformed())?;
        self.wire
            .write(&[&length.to_be_bytes(), bytes].concat(), patience)
    }

    fn receive(&mut self, patience: &Patience<'_>) -> Result<Vec<u8>, Problem> {
        let mut length = [0; 4];
        self.wire.read(&mut length, patience)?;
        let length = usize::try_from(i32::from_be_bytes(length)).ok();
        let length = length.filter(|length| *length <= LONGEST);
        self.wire.take(length.ok_or_else(malformed)?, patience)
    }
}

fn text(text: &str) -> Vec<u8> {
    let length = i32::try_from(text.len()).unwrap_or_default();
    [&length.to_be_bytes(), text.as_bytes()].concat()
}

/// Reads a list of texts.
fn names(mut rest: &[u8]) -> Option<Vec<String>> {
    let count = number(&mut rest)?;
    let name = |_| {
        let length = usize::try_from(number(&mut rest)?).ok()?;
        String::from_utf8(take(&mut rest, length)?.to_vec()).ok()
    };
    (0..count).map(name).collect()
}

fn number(rest: &mut &[u8]) -> Option<i32> {
    take(rest, 4)?.try_into().ok().map(i32::from_be_bytes)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn done(code: i32) -> Result<(), Problem> {
    match code {
        0 => Ok(()),
        code => Err(problem(code)),
    }
}

fn problem(code: i32) -> Problem {
    let text = format!("error {code} (of org.apache.zookeeper.KeeperException.Code)");
    let kind = match code {
        EXPIRED => Kind::Disconnected,
        _ => Kind::Refused(code.to_string()),
    };
    Problem::new(kind, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read() {
        let list = b"\0\0\0\x02\0\0\0\x01a\0\0\0\x03b-c";
        assert_eq!(names(list), Some(vec!["a".into(), "b-c".into()]));
        assert_eq!(names(&[0, 0, 0, 0]), Some(vec![]));
        for wrong in [&list[..13], &[0, 0, 0, 1, 0xff, 0, 0, 0], &[0]] {
            assert_eq!(names(wrong), None, "{wrong:?}");
        }
    }
}
