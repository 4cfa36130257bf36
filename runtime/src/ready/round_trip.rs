//! One request to a server, and the answer.

use std::io;
use std::time::Duration;

use super::unreachable::reason;
use crate::connect::Stream;
use crate::deadline::Deadline;
use crate::process::Interest;

/// What is read at once.
const PIECE: usize = 4096;

/// A request on its way, and the answer as far as it has come.
pub(super) struct RoundTrip {
    stream: Stream,
    unsent: Vec<u8>,
    answer: Vec<u8>,
    until: Deadline,
    allowed: Duration,
}

/// How long an answer may take before the server is asked anew. Servers that accept connections before they work may leave a request
/// unanswered for ever, so the first ones are given up early; later ones get longer, for servers that are slow but working.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) first: Duration,
    pub(super) longest: Duration,
    /// How long the rest of an answer may take when its beginning is there; if not given, that of the whole counts.
    pub(super) rest: Option<Duration>,
    /// Nobody has to read more of an answer.
    pub(super) size: usize,
}

impl Limits {
    pub(super) const NO_ANSWER: Self = Self {
        first: Duration::ZERO,
        longest: Duration::ZERO,
        rest: None,
        size: 0,
    };
}

/// What to make of an answer so far.
pub(super) enum Verdict {
    Ready,
    /// There may be more to come.
    More,
    Wrong(String),
}

/// Judges an answer; the flag says that no more will come.
pub(super) type Judge<'a> = &'a dyn Fn(&[u8], bool) -> Verdict;

/// Needs no response: the connection is enough.
pub(super) const CONNECTED: Judge<'_> = &|_, _| Verdict::Ready;

/// How far it has come.
pub(super) enum Step {
    Ready,
    /// The response is not complete. The text says what has arrived, if anything has.
    Pending(Box<RoundTrip>, Option<String>),
    /// There was no response, for this reason.
    NoResponse(String),
    /// There was a response, but not the expected one.
    Unexpected(String),
}

impl RoundTrip {
    /// Begins to ask; the answer may take this long.
    pub(super) fn new(stream: Stream, request: &[u8], allowed: Duration) -> Box<Self> {
        Box::new(Self {
            stream,
            unsent: request.into(),
            answer: Vec::new(),
            until: Deadline::after(allowed),
            allowed,
        })
    }

    /// What moves when it is worth going on.
    pub(super) fn wakes(&self) -> Interest<'_> {
        match self.unsent.is_empty() {
            true => Interest::readable(self.stream.fd()),
            false => Interest::writable(self.stream.fd()),
        }
    }

    /// How long to wait for that.
    pub(super) fn left(&self) -> Option<Duration> {
        self.until.left()
    }

    /// Sends and reads what can be without waiting.
    pub(super) fn go_on(mut self: Box<Self>, limits: Limits, judge: Judge<'_>) -> Step {
        let mut over = false;
        loop {
            match judge(&self.answer, over) {
                Verdict::Ready => return Step::Ready,
                Verdict::Wrong(why) => return Step::Unexpected(why),
                Verdict::More if over || self.answer.len() >= limits.size => {
                    return Step::NoResponse(self.so_far().unwrap_or_else(|| "no answer".into()));
                }
                Verdict::More => {}
            }
            match self.exchange() {
                Ok(0) => over = true,
                Ok(_) => {
                    if let Some(rest) = limits.rest {
                        self.until = Deadline::after(rest);
                    }
                    // As much of it as is ever looked at.
                    over = self.answer.len() >= limits.size;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    if !self.until.has_passed() {
                        let so_far = self.so_far();
                        return Step::Pending(self, so_far);
                    }
                    if self.answer.is_empty() {
                        return Step::NoResponse(format!("no answer within {:.1?}", self.allowed));
                    }
                    over = true;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if self.answer.is_empty() => return Step::NoResponse(reason(&error)),
                Err(_) => over = true,
            }
        }
    }

    /// Sends what is left of the request, and reads a piece.
    fn exchange(&mut self) -> io::Result<usize> {
        while !self.unsent.is_empty() {
            match self.stream.send(&self.unsent) {
                Ok(sent) => drop(self.unsent.drain(..sent)),
                // It may have said why before it closed the connection.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => self.unsent.clear(),
                Err(error) => return Err(error),
            }
        }
        let mut piece = [0; PIECE];
        let read = self.stream.receive(&mut piece)?;
        self.answer.extend(piece.iter().take(read));
        Ok(read)
    }

    fn so_far(&self) -> Option<String> {
        let there = !self.answer.is_empty();
        there.then(|| format!("answered {:?} so far", start_of(&self.answer)))
    }
}

/// As much of an answer as fits a message.
pub(super) fn start_of(answer: &[u8]) -> String {
    let start = answer.get(..200).unwrap_or(answer);
    String::from_utf8_lossy(start).into_owned()
}
