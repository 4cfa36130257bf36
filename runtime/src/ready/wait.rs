//! Waiting for a readiness, as long as this makes sense.

use std::net::SocketAddr;
use std::os::fd::BorrowedFd;
use std::time::{Duration, Instant};

use super::{Check, NotReady, Probe};
use crate::deadline::Deadline;
use crate::error::End;
use crate::process::{self, Child, Interest};

/// How long something must be hopeless to be given up: a server may listen on one address a little later than on another.
const LASTING: Duration = Duration::from_secs(2);

/// How often it is asked whether it is hopeless for a reason that takes long to find out.
const RECHECK: Duration = Duration::from_millis(500);

/// The process to wait for.
pub(crate) trait Awaited {
    /// Looks after it.
    fn look(&self) -> ProcessStatus;

    /// What becomes readable when it ends.
    fn end(&self) -> Option<BorrowedFd<'_>>;

    /// What is closed when nothing descends from it any more; without it, that is seen by looking.
    fn left(&self) -> Option<BorrowedFd<'_>>;

    /// Where it listens on the port of one of these addresses, if it does so on none of them.
    fn elsewhere(&self, _addresses: &[SocketAddr]) -> Option<SocketAddr> {
        None
    }
}

/// What became of a process.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ProcessStatus {
    pub(crate) ended: Option<End>,
    /// Whether nothing descends from it any more.
    pub(crate) gone: bool,
}

/// What a wait goes by besides the readiness itself.
pub(crate) struct Waiting<'a> {
    /// The process to wait for, unless the server is external.
    pub(crate) process: Option<&'a dyn Awaited>,
    /// Whether a process that is not a descendant can make it ready, so that a successful exit is no failure.
    pub(crate) by_others: bool,
    /// Processes that must not die either meanwhile.
    pub(crate) others: Vec<&'a Child>,
    /// Descriptors whose other end is closed when the process is no longer needed.
    pub(crate) unwanted: &'a [BorrowedFd<'a>],
    pub(crate) until: Deadline,
}

impl<'a> Waiting<'a> {
    /// A wait for nothing of ours.
    pub(crate) fn new(unwanted: &'a [BorrowedFd<'a>], until: Deadline) -> Self {
        Self {
            process: None,
            by_others: false,
            others: Vec::new(),
            unwanted,
            until,
        }
    }
}

/// Waits until the process is ready. It ends at once when the process dies with an error.
///
/// If the process exits with status 0, the wait continues, as in mirakuru, since daemons may fork. It ends if no descendant is left and no
/// other process can make it ready.
pub(crate) fn wait(probe: &mut dyn Probe, waiting: &Waiting<'_>) -> Result<(), NotReady> {
    let mut give_up = GiveUp::default();
    // When checking at intervals began, in place of waiting for an event.
    let mut looking_since = Instant::now();
    let mut end_was_seen = false;
    loop {
        // The order matters: what a process did before it died has been done when its death is seen.
        let look = waiting
            .process
            .map_or_else(ProcessStatus::default, Awaited::look);
        let missing = match probe.check(waiting.until) {
            Check::Ready => return Ok(()),
            Check::Failed(reason) => return Err(NotReady::Failed(reason)),
            Check::NotYet(missing) => missing,
        };
        match look.ended {
            Some(End::Code(0)) if !look.gone || waiting.by_others => {}
            None => {}
            Some(end) => return Err(NotReady::Ended(end)),
        }
        let end_of = |other: &&Child| Some((other.pid(), other.ended()?));
        let ended_others: Vec<_> = waiting.others.iter().filter_map(end_of).collect();
        if let Some((pid, end)) = ended_others.iter().find(|(_, end)| *end != End::Code(0)) {
            return Err(NotReady::OtherEnded(*pid, *end));
        }
        if waiting.until.has_passed() {
            return Err(NotReady::Deadline(missing));
        }
        if let Some(process) = waiting.process
            && let Some(reason) = give_up.reason(probe, process, waiting, &missing)
        {
            return Err(NotReady::Failed(reason));
        }
        let wakes = probe.wakes();
        let left = waiting.process.and_then(Awaited::left);
        // Nobody tells when the last of the descendants ends.
        let blind = left.is_none() && (end_was_seen || look.ended.is_some());
        if !wakes.is_empty() && !blind {
            looking_since = Instant::now();
        }
        let pause = match probe.again() {
            Some(pause) => pause,
            None if !wakes.is_empty() && !blind => RECHECK,
            None => process::pause(looking_since.elapsed()),
        };
        let look_again = waiting.until.within(pause);
        let closed = waiting.unwanted.iter().copied().map(Interest::closed);
        let mut interests: Vec<_> = closed.collect();
        let unwanted = interests.len();
        let end = waiting.process.and_then(Awaited::end);
        let end = end.filter(|_| look.ended.is_none() && !end_was_seen);
        interests.extend(end.map(Interest::readable));
        interests.extend(wakes);
        if !look.gone {
            interests.extend(left.map(Interest::closed));
        }
        let running = waiting.others.iter().filter(|other| {
            let pid = other.pid();
            !ended_others.iter().any(|(ended, _)| *ended == pid)
        });
        interests.extend(running.map(|other| Interest::readable(other.end())));
        let happened = process::wait(&interests, look_again);
        let happened =
            happened.map_err(|error| NotReady::Failed(format!("cannot wait: {error}")))?;
        if happened.iter().take(unwanted).any(|closed| *closed) {
            return Err(NotReady::Unwanted);
        }
        end_was_seen |= end.is_some() && happened.get(unwanted) == Some(&true);
    }
}

/// What speaks against the whole wait, and since when.
#[derive(Default)]
struct GiveUp {
    since: Option<Instant>,
    /// When the process was asked last, and what it said.
    asked: Option<Instant>,
    said: Option<String>,
}

impl GiveUp {
    /// The reason to give up, if there has been one for long enough.
    fn reason(
        &mut self,
        probe: &dyn Probe,
        process: &dyn Awaited,
        waiting: &Waiting<'_>,
        missing: &str,
    ) -> Option<String> {
        let now = Instant::now();
        let asked = *self.asked.get_or_insert(now);
        // The addresses of our own listeners do not matter if another process listens.
        if !waiting.by_others && now.duration_since(asked) >= RECHECK {
            self.asked = Some(now);
            let elsewhere = process.elsewhere(&probe.addresses());
            self.said =
                elsewhere.map(|address| format!("{missing}; it listens on {address} instead"));
        }
        let Some(reason) = probe.hopeless().or_else(|| self.said.clone()) else {
            self.since = None;
            return None;
        };
        let since = *self.since.get_or_insert(now);
        (now.duration_since(since) >= LASTING).then_some(reason)
    }
}

impl Awaited for Child {
    fn look(&self) -> ProcessStatus {
        ProcessStatus {
            ended: self.ended(),
            gone: self.gone(Deadline::now()),
        }
    }

    fn end(&self) -> Option<BorrowedFd<'_>> {
        Some(Child::end(self))
    }

    fn left(&self) -> Option<BorrowedFd<'_>> {
        Some(Child::end(self))
    }

    fn elsewhere(&self, addresses: &[SocketAddr]) -> Option<SocketAddr> {
        self.listens_elsewhere(addresses)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::ready::Custom;

    /// A process that has come this far.
    struct FakeProcess<'a>(&'a dyn Fn() -> ProcessStatus);

    impl Awaited for FakeProcess<'_> {
        fn look(&self) -> ProcessStatus {
            (self.0)()
        }

        fn end(&self) -> Option<BorrowedFd<'_>> {
            None
        }

        fn left(&self) -> Option<BorrowedFd<'_>> {
            None
        }
    }

    fn check(
        ended: Option<i32>,
        gone: bool,
        mut readiness: impl FnMut() -> Check + Send,
        wanted: Result<(), NotReady>,
    ) {
        let ended = ended.map(End::Code);
        let waiting = Waiting {
            process: Some(&FakeProcess(&|| ProcessStatus { ended, gone })),
            ..Waiting::new(&[], Deadline::after(Duration::from_millis(20)))
        };
        assert_eq!(wait(&mut Custom(&mut readiness), &waiting), wanted);
    }

    fn not_yet() -> Check {
        Check::NotYet("x".into())
    }

    #[test]
    fn a_death_with_an_error_ends_the_wait() {
        let died = Err(NotReady::Ended(End::Code(3)));
        check(Some(3), false, not_yet, died);
    }

    #[test]
    fn exit_status_0_ends_it_when_nothing_is_left() {
        let late = Err(NotReady::Deadline("x".into()));
        check(Some(0), false, not_yet, late);
        let ended = Err(NotReady::Ended(End::Code(0)));
        check(Some(0), true, not_yet, ended);
    }

    #[test]
    fn what_was_done_before_the_death_counts() {
        check(Some(1), true, || Check::Ready, Ok(()));
    }

    #[test]
    fn failing_for_good_ends_it() {
        let failed = || Check::Failed("no".into());
        check(None, false, failed, Err(NotReady::Failed("no".into())));
    }

    #[test]
    fn it_looks_again_until_it_is_ready() {
        let looks = Cell::new(0);
        let process = FakeProcess(&|| {
            looks.set(looks.get() + 1);
            ProcessStatus::default()
        });
        let waiting = Waiting {
            process: Some(&process),
            ..Waiting::new(&[], Deadline::after(Duration::from_secs(10)))
        };
        let mut left = 3;
        let mut readiness = || {
            left -= 1;
            match left {
                0 => Check::Ready,
                _ => not_yet(),
            }
        };
        assert_eq!(wait(&mut Custom(&mut readiness), &waiting), Ok(()));
        assert_eq!(looks.get(), 3);
    }
}
