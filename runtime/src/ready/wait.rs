//! Waiting for a readiness, as long as this makes sense.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use super::{Check, Readiness};
use crate::deadline::Deadline;
use crate::error::End;
use crate::process::{self, Child, Interest};

/// What a wait goes by besides the readiness itself.
pub(crate) struct Waiting<'a> {
    /// How the process ended, if it has.
    pub(crate) ended: &'a dyn Fn() -> Option<End>,
    /// What becomes readable when the process ends.
    pub(crate) end: Option<BorrowedFd<'a>>,
    /// What is closed when nothing descends from the process any more, if it cannot become ready then.
    pub(crate) left: Option<BorrowedFd<'a>>,
    /// Processes that must not die either meanwhile.
    pub(crate) others: Vec<&'a Child>,
    /// What is closed when nobody wants the process any more.
    pub(crate) unwanted: Vec<BorrowedFd<'a>>,
    pub(crate) until: Deadline,
}

/// Why a wait did not end well.
#[derive(Debug, PartialEq)]
pub(crate) enum Missed {
    Ended(End),
    /// Another process has, the one with this number.
    OtherEnded(u32, End),
    Unwanted,
    /// The deadline passed, and this was still missing.
    Deadline(String),
    Failed(String),
}

/// Waits until the process is ready. It ends at once when the process dies with an error.
///
/// A process that ends with exit status 0 is still waited for, because daemons fork (as mirakuru does), unless nothing is left of it.
pub(crate) fn wait(readiness: &mut dyn Readiness, waiting: &Waiting<'_>) -> Result<(), Missed> {
    // Since when it has been looked for at intervals, rather than waited for to move.
    let mut looking_since = Instant::now();
    loop {
        // The order matters: what a process did before it died has been done when its death is seen.
        let ended = (waiting.ended)();
        let left = waiting.left.map(Interest::closed);
        let gone = left.is_some_and(|left| {
            process::wait(&[left], Deadline::now()).is_ok_and(|gone| gone == [true])
        });
        let missing = match readiness.check(waiting.until) {
            Check::Ready => return Ok(()),
            Check::Failed(reason) => return Err(Missed::Failed(reason)),
            Check::NotYet(missing) => missing,
        };
        match ended {
            Some(End::Code(0)) if !gone => {}
            None => {}
            Some(end) => return Err(Missed::Ended(end)),
        }
        let end_of = |other: &&Child| Some((other.pid(), other.ended()?));
        let ended_others: Vec<_> = waiting.others.iter().filter_map(end_of).collect();
        if let Some((pid, end)) = ended_others.iter().find(|(_, end)| *end != End::Code(0)) {
            return Err(Missed::OtherEnded(*pid, *end));
        }
        if waiting.until.has_passed() {
            return Err(Missed::Deadline(missing));
        }
        let wakes = readiness.wakes();
        let look_again = match wakes {
            Some(_) => {
                looking_since = Instant::now();
                waiting.until
            }
            None => waiting
                .until
                .within(process::pause(looking_since.elapsed())),
        };
        let mut interests: Vec<_> = waiting
            .unwanted
            .iter()
            .copied()
            .map(Interest::closed)
            .collect();
        let unwanted = interests.len();
        interests.extend(wakes.map(Interest::readable));
        interests.extend(left);
        if ended.is_none() {
            interests.extend(waiting.end.map(Interest::readable));
        }
        let running = waiting.others.iter().filter(|other| {
            let pid = other.pid();
            !ended_others.iter().any(|(ended, _)| *ended == pid)
        });
        interests.extend(running.map(|other| Interest::readable(other.end())));
        let happened = process::wait(&interests, look_again);
        let happened = happened.map_err(|error| Missed::Failed(format!("cannot wait: {error}")))?;
        if happened.iter().take(unwanted).any(|closed| *closed) {
            return Err(Missed::Unwanted);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::time::Duration;

    use super::*;

    fn check(
        ended: impl Fn() -> Option<End>,
        mut readiness: impl FnMut() -> Check + Send,
        wanted: Result<(), Missed>,
    ) {
        let until = Deadline::after(Duration::from_millis(20));
        let waiting = Waiting {
            ended: &ended,
            end: None,
            left: None,
            others: Vec::new(),
            unwanted: Vec::new(),
            until,
        };
        assert_eq!(wait(&mut readiness, &waiting), wanted);
    }

    #[test]
    fn a_death_with_an_error_ends_the_wait() {
        check(
            || Some(End::Code(3)),
            || Check::NotYet(String::new()),
            Err(Missed::Ended(End::Code(3))),
        );
    }

    #[test]
    fn exit_status_0_does_not_end_it() {
        check(
            || Some(End::Code(0)),
            || Check::NotYet("x".into()),
            Err(Missed::Deadline("x".into())),
        );
    }

    #[test]
    fn what_was_done_before_the_death_counts() {
        check(|| Some(End::Code(1)), || Check::Ready, Ok(()));
    }

    #[test]
    fn failing_for_good_ends_it() {
        check(
            || None,
            || Check::Failed("no".into()),
            Err(Missed::Failed("no".into())),
        );
    }

    #[test]
    fn it_looks_again_until_it_is_ready() {
        let looks = Cell::new(0);
        let until = Deadline::after(Duration::from_secs(10));
        let waiting = Waiting {
            ended: &|| {
                looks.set(looks.get() + 1);
                None
            },
            end: None,
            left: None,
            others: Vec::new(),
            unwanted: Vec::new(),
            until,
        };
        let mut left = 3;
        let mut readiness = || {
            left -= 1;
            if left == 0 {
                Check::Ready
            } else {
                Check::NotYet(String::new())
            }
        };
        assert_eq!(wait(&mut readiness, &waiting), Ok(()));
        assert_eq!(looks.get(), 3);
    }
}
