//! A client that repeats a request until the server responds as expected, without blocking.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use super::Check;
use super::path_watch::PathWatch;
use super::round_trip::{Judge, Limits, RoundTrip, Step};
use super::unreachable::{no_way, reason};
use crate::connect::{Address, Progress, Race, Stream};
use crate::deadline::Deadline;
use crate::process::{self, Interest};

/// On loopback a connection is accepted or refused at once; only elsewhere can it take this long to say that it was not.
const CONNECT: Duration = Duration::from_millis(500);

/// How soon a server is asked again that has answered, but not as wanted: many write a line to their log each time.
const ANSWERED: (Duration, Duration) = (Duration::from_micros(200), Duration::from_millis(100));

/// A client and the state of its current request.
pub(crate) struct Client {
    /// What messages call the server or the request to it.
    label: String,
    to: Target,
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
enum Target {
    Tcp(Address),
    Unix(PathWatch),
}

#[derive(Default)]
enum State {
    #[default]
    Idle,
    Connecting(Race),
    Talking(Box<RoundTrip>),
}

/// What one look found.
#[derive(Debug, PartialEq)]
pub(super) enum Outcome {
    Ready,
    /// The response is not complete. The text says what has arrived.
    Pending(String),
    /// The request failed for this reason. The next look sends it again.
    Failed(String),
}

impl Client {
    /// The address is `host:port` or the path of a Unix socket.
    pub(super) fn new(address: &str, limits: Limits) -> Self {
        let to = match address.starts_with('/') {
            true => Target::Unix(PathWatch::new(address.as_ref())),
            false => Target::Tcp(Address::new(address)),
        };
        Self::with(address.into(), to, limits)
    }

    fn with(label: String, to: Target, limits: Limits) -> Self {
        Self {
            label,
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

    /// Messages call the request by this name instead of the address.
    pub(super) fn labelled(self, label: String) -> Self {
        Self { label, ..self }
    }

    /// A client that only connects.
    pub(super) fn connection(address: &str) -> Self {
        Self::new(address, Limits::NO_ANSWER)
    }

    /// The same for a Unix socket.
    pub(super) fn unix(path: &Path) -> Self {
        let label = path.display().to_string();
        let to = Target::Unix(PathWatch::new(path));
        Self::with(label, to, Limits::NO_ANSWER)
    }

    pub(super) fn address(&self) -> Option<&str> {
        match &self.to {
            Target::Tcp(address) => Some(address.text()),
            Target::Unix(_) => None,
        }
    }

    pub(super) fn addresses(&self) -> Vec<SocketAddr> {
        match &self.to {
            Target::Tcp(address) => address.known().into(),
            Target::Unix(_) => Vec::new(),
        }
    }

    /// Where the last connection led, by TCP.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Why no client can connect, whatever the server does.
    pub(super) fn hopeless(&self) -> Option<String> {
        let name = match &self.to {
            Target::Tcp(address) => address.failed().map(ToOwned::to_owned),
            Target::Unix(_) => None,
        };
        let why = name.or_else(|| self.no_way.clone())?;
        Some(format!("{}: {why}", self.label))
    }

    /// Takes the request as far as it goes without waiting.
    pub(super) fn check(&mut self, request: &[u8], judge: Judge<'_>) -> Check {
        match self.look(request, judge) {
            Outcome::Ready => Check::Ready,
            Outcome::Pending(why) | Outcome::Failed(why) => {
                Check::NotYet(format!("{}: {why}", self.label))
            }
        }
    }

    /// The same, with the outcome in parts.
    pub(super) fn look(&mut self, request: &[u8], judge: Judge<'_>) -> Outcome {
        self.since.get_or_insert_with(Instant::now);
        self.answered = false;
        loop {
            let (next, found) = match std::mem::take(&mut self.state) {
                State::Idle => self.connect(request),
                State::Connecting(race) => self.go_on_connecting(race, request),
                State::Talking(round_trip) => match round_trip.go_on(self.limits, judge) {
                    Step::Ready => (State::Idle, Some(Outcome::Ready)),
                    Step::Pending(round_trip, so_far) => {
                        (State::Talking(round_trip), Some(self.waits(so_far)))
                    }
                    Step::NoResponse(why) => not(why),
                    Step::Unexpected(why) => {
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
    pub(super) fn finish(&mut self, request: &[u8], judge: Judge<'_>, until: Deadline) -> Outcome {
        loop {
            let found = self.look(request, judge);
            let interests = self.wakes();
            if !matches!(found, Outcome::Pending(_)) || interests.is_empty() || until.has_passed() {
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
            (State::Idle, Target::Tcp(address)) => address.wakes().into_iter().collect(),
            (State::Idle, Target::Unix(path_watch)) => path_watch.wakes().into_iter().collect(),
            (State::Connecting(race), _) => race.wakes(),
            (State::Talking(round_trip), _) => vec![round_trip.wakes()],
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
            State::Talking(round_trip) => round_trip.left(),
        }
    }

    fn waited(&self) -> Duration {
        self.since.map_or(Duration::ZERO, |since| since.elapsed())
    }

    /// What there is of an answer, or what was wrong with the one before.
    fn waits(&self, so_far: Option<String>) -> Outcome {
        match (so_far, &self.wrong) {
            (Some(so_far), _) => Outcome::Pending(so_far),
            (None, Some(wrong)) => Outcome::Failed(wrong.clone()),
            (None, None) => Outcome::Pending("no answer".into()),
        }
    }

    fn connect(&mut self, request: &[u8]) -> (State, Option<Outcome>) {
        match &mut self.to {
            Target::Unix(path_watch) => {
                let there = path_watch.look();
                match there.and_then(|()| Stream::unix(path_watch.path())) {
                    Ok(stream) => self.round_trip(stream, request),
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        not("its queue of connections is full".into())
                    }
                    Err(error) => not(reason(&error)),
                }
            }
            Target::Tcp(address) => match address.look() {
                Err(error) => not(error.to_string()),
                Ok(false) => {
                    let waits = "its name is being resolved".into();
                    (State::Idle, Some(Outcome::Pending(waits)))
                }
                Ok(true) => {
                    if let Some(failed) = address.failed() {
                        let failed = failed.to_owned();
                        return not(failed);
                    }
                    let race = Race::new(address.known(), Some(CONNECT));
                    self.no_way = None;
                    self.go_on_connecting(race, request)
                }
            },
        }
    }

    fn go_on_connecting(&mut self, mut race: Race, request: &[u8]) -> (State, Option<Outcome>) {
        match race.look() {
            Progress::Connected(stream) => self.round_trip(stream, request),
            Progress::Waits => {
                let found = Outcome::Pending("no answer".into());
                (State::Connecting(race), Some(found))
            }
            Progress::Failed(failed) => {
                self.no_way = failed.address.and_then(|it| no_way(it, &failed.error));
                not(reason(&failed.error))
            }
        }
    }

    fn round_trip(&mut self, stream: Stream, request: &[u8]) -> (State, Option<Outcome>) {
        self.no_way = None;
        self.peer = stream.peer();
        let Limits { first, longest, .. } = self.limits;
        // A small part of what has been waited already.
        let allowed = (self.waited() / 4).clamp(first, longest);
        let round_trip = RoundTrip::new(stream, request, allowed);
        (State::Talking(round_trip), None)
    }
}

fn not(why: String) -> (State, Option<Outcome>) {
    (State::Idle, Some(Outcome::Failed(why)))
}
