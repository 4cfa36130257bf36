//! Asking a server again and again, without ever waiting for it.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use super::appears::Appears;
use super::talk::{Judge, Limits, Step, Talk};
use super::unreachable::{no_way, reason};
use crate::connect::{Address, Progress, Race, Stream};
use crate::deadline::Deadline;
use crate::process::{self, Interest};

/// On loopback a connection is accepted or refused at once; only elsewhere can it take this long to say that it was not.
const CONNECT: Duration = Duration::from_millis(500);

/// How soon a server is asked again that has answered, but not as wanted: many write a line to their log each time.
const ANSWERED: (Duration, Duration) = (Duration::from_micros(200), Duration::from_millis(100));

/// How far a server has been asked.
pub(super) struct Conversation {
    to: To,
    limits: Limits,
    /// When it was asked first.
    since: Option<Instant>,
    state: State,
    /// Where the last connection led, by TCP.
    peer: Option<SocketAddr>,
    /// Why there is no way to any of its addresses.
    no_way: Option<String>,
    /// What was wrong with the last answer, and whether nothing has been asked since.
    wrong: Option<String>,
    answered: bool,
}

/// Whom to ask.
enum To {
    Tcp(Address),
    Unix(Appears),
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Connecting(Race),
    Talking(Box<Talk>),
}

/// What one look found.
#[derive(Debug, PartialEq)]
pub(super) enum Found {
    Ready,
    /// Nothing yet, and this is what there is so far.
    Waits(String),
    /// Nothing; it will be asked anew.
    Not(String),
}

impl Conversation {
    /// The address is `host:port` or the path of a unix socket.
    pub(super) fn new(address: &str, limits: Limits) -> Self {
        let to = match address.starts_with('/') {
            true => To::Unix(Appears::new(address.as_ref())),
            false => To::Tcp(Address::new(address)),
        };
        Self::with(to, limits)
    }

    fn with(to: To, limits: Limits) -> Self {
        Self {
            to,
            limits,
            since: None,
            state: State::Idle,
            peer: None,
            no_way: None,
            wrong: None,
            answered: false,
        }
    }

    /// One that is over when there is a connection.
    pub(super) fn connection(address: &str) -> Self {
        Self::new(address, Limits::NO_ANSWER)
    }

    /// The same for a unix socket.
    pub(super) fn unix(path: &Path) -> Self {
        Self::with(To::Unix(Appears::new(path)), Limits::NO_ANSWER)
    }

    pub(super) fn address(&self) -> Option<&str> {
        match &self.to {
            To::Tcp(address) => Some(address.text()),
            To::Unix(_) => None,
        }
    }

    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        match &self.to {
            To::Tcp(address) => address.known().into(),
            To::Unix(_) => Vec::new(),
        }
    }

    /// Where the last connection led, by TCP.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// What keeps everybody from connecting, whatever the server does.
    pub(super) fn hopeless(&self) -> Option<String> {
        let name = match &self.to {
            To::Tcp(address) => address.failed().map(ToOwned::to_owned),
            To::Unix(_) => None,
        };
        name.or_else(|| self.no_way.clone())
    }

    /// Goes as far as it can without waiting.
    pub(super) fn look(&mut self, question: &[u8], judge: Judge<'_>) -> Found {
        self.since.get_or_insert_with(Instant::now);
        self.answered = false;
        loop {
            let (next, found) = match std::mem::take(&mut self.state) {
                State::Idle => self.connect(question),
                State::Connecting(race) => self.go_on_connecting(race, question),
                State::Talking(talk) => match talk.go_on(self.limits, judge) {
                    Step::Ready => (State::Idle, Some(Found::Ready)),
                    Step::Waits(talk, so_far) => (State::Talking(talk), Some(self.waits(so_far))),
                    Step::Not(why) => not(why),
                    Step::Wrong(why) => {
                        self.wrong = Some(why.clone());
                        self.answered = true;
                        not(why)
                    }
                },
            };
            self.state = next;
            if let Some(found) = found {
                return found;
            }
        }
    }

    /// The same, waiting until something comes of it or until the deadline.
    pub(super) fn finish(&mut self, question: &[u8], judge: Judge<'_>, until: Deadline) -> Found {
        loop {
            let found = self.look(question, judge);
            let interests = self.wakes();
            if !matches!(found, Found::Waits(_)) || interests.is_empty() || until.has_passed() {
                return found;
            }
            let again = self.again().map_or(until, |pause| until.within(pause));
            if process::wait(&interests, again).is_err() {
                return found;
            }
        }
    }

    /// What moves when it is worth looking again.
    pub(super) fn wakes(&self) -> Vec<Interest<'_>> {
        match (&self.state, &self.to) {
            (State::Idle, To::Tcp(address)) => address.wakes().into_iter().collect(),
            (State::Idle, To::Unix(appears)) => appears.wakes().into_iter().collect(),
            (State::Connecting(race), _) => race.wakes(),
            (State::Talking(talk), _) => vec![talk.wakes()],
        }
    }

    /// How long to wait for that.
    pub(super) fn again(&self) -> Option<Duration> {
        match &self.state {
            State::Idle => self.answered.then(|| {
                let (soonest, latest) = ANSWERED;
                (self.waited() / 64).clamp(soonest, latest)
            }),
            State::Connecting(race) => race.again(),
            State::Talking(talk) => talk.left(),
        }
    }

    fn waited(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// What there is of an answer, or what was wrong with the one before.
    fn waits(&self, so_far: Option<String>) -> Found {
        match (so_far, &self.wrong) {
            (Some(so_far), _) => Found::Waits(so_far),
            (None, Some(wrong)) => Found::Not(wrong.clone()),
            (None, None) => Found::Waits("no answer".into()),
        }
    }

    fn connect(&mut self, question: &[u8]) -> (State, Option<Found>) {
        match &mut self.to {
            To::Unix(appears) => {
                let there = appears.look();
                match there.and_then(|()| Stream::unix(appears.path())) {
                    Ok(stream) => self.talk(stream, question),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        not("its queue of connections is full".into())
                    }
                    Err(error) => not(reason(&error)),
                }
            }
            To::Tcp(address) => match address.look() {
                Err(error) => not(error.to_string()),
                Ok(false) => {
                    let waits = "its name is being resolved".into();
                    (State::Idle, Some(Found::Waits(waits)))
                }
                Ok(true) => {
                    if let Some(failed) = address.failed() {
                        let failed = failed.to_owned();
                        return not(failed);
                    }
                    let race = Race::new(address.known(), Some(CONNECT));
                    self.no_way = None;
                    self.go_on_connecting(race, question)
                }
            },
        }
    }

    fn go_on_connecting(&mut self, mut race: Race, question: &[u8]) -> (State, Option<Found>) {
        match race.look() {
            Progress::Connected(stream) => self.talk(stream, question),
            Progress::Waits => {
                let found = Found::Waits("no answer".into());
                (State::Connecting(race), Some(found))
            }
            Progress::Failed(failed) => {
                self.no_way = failed.address.and_then(|it| no_way(it, &failed.error));
                not(reason(&failed.error))
            }
        }
    }

    fn talk(&mut self, stream: Stream, question: &[u8]) -> (State, Option<Found>) {
        self.no_way = None;
        self.peer = stream.peer();
        let Limits { first, longest, .. } = self.limits;
        // A small part of what has been waited already.
        let allowed = (self.waited() / 4).clamp(first, longest);
        let talk = Talk::new(stream, question, allowed);
        (State::Talking(talk), None)
    }
}

fn not(why: String) -> (State, Option<Found>) {
    (State::Idle, Some(Found::Not(why)))
}
