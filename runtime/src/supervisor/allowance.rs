//! How long a client waits for each of its supervisor's replies.

use std::time::Duration;

use crate::deadline::Deadline;
use crate::hold::How;
use crate::launch::Launch;
use crate::process::PAUSE;

/// What a supervisor on a busy machine may take for what takes no time.
pub(super) const MARGIN: Duration = Duration::from_secs(10);

/// What it may take until a process is gone that was killed.
const KILLED: Duration = Duration::from_secs(6);

/// How long a supervisor may take to say what there is.
const BRIEF: Duration = Duration::from_secs(2);

/// How long one reply may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    pub(super) whole: Duration,
    pub(super) until: Deadline,
}

/// How long the replies about one daemon may take. The supervisor's deadlines are earlier, so these are missed only if the supervisor
/// hangs.
#[derive(Clone, Debug)]
pub(super) struct Allowances {
    timeout: Duration,
    /// How long each process may take to end by itself.
    graces: Vec<Duration>,
}

impl Allowance {
    /// From now on.
    pub(super) fn of(work: Duration) -> Self {
        let whole = work.saturating_add(MARGIN);
        Self {
            whole,
            until: Deadline::after(whole),
        }
    }

    /// For a supervisor that another process starts.
    pub(super) fn starting() -> Self {
        Self::of(super::copy::START)
    }

    /// For what is left out if the supervisor does not answer.
    pub(super) fn brief() -> Self {
        Self {
            whole: BRIEF,
            until: Deadline::after(BRIEF),
        }
    }

    /// For what the supervisor answers at once.
    pub(super) fn prompt() -> Self {
        Self::of(Duration::ZERO)
    }
}

impl Allowances {
    pub(super) fn new(launch: &Launch) -> Self {
        let processes = launch.processes.iter();
        // A client may wait for another one that prepares the data, and then for its own server.
        let starts = if launch.seed.is_some() { 2 } else { 1 };
        Self {
            timeout: launch.timeout.saturating_mul(starts),
            graces: processes.map(|process| process.stop.grace).collect(),
        }
    }

    /// For a start and a part of what was started, which have one deadline, and the end of what did not start.
    pub(super) fn start(&self) -> Allowance {
        Allowance::of(self.timeout.saturating_add(self.killed()))
    }

    /// For a part of what runs.
    pub(super) fn part(&self) -> Allowance {
        Allowance::of(self.timeout)
    }

    /// For a pause, or the end of one.
    pub(super) fn pause() -> Allowance {
        // What could not be paused is resumed.
        Allowance::of(PAUSE.saturating_mul(2))
    }

    /// For the end of all processes.
    pub(super) fn stop(&self, how: &How) -> Allowance {
        let most = how.grace.unwrap_or(self.timeout);
        let graces = self.graces.iter().map(|grace| *grace.min(&most));
        let all = graces.fold(Duration::ZERO, Duration::saturating_add);
        Allowance::of(all.saturating_add(self.killed()))
    }

    /// For the end of a process and its start.
    pub(super) fn again(&self) -> Allowance {
        let Allowance { whole, .. } = self.stop(&How::default());
        Allowance::of(whole.saturating_add(self.timeout))
    }

    fn killed(&self) -> Duration {
        let count = u32::try_from(self.graces.len().max(1)).unwrap_or(u32::MAX);
        KILLED.saturating_mul(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::{Command, Process, Ready};

    const SECOND: Duration = Duration::from_secs(1);

    fn allowances(timeout: Duration, grace: Duration) -> Allowances {
        let mut process = Process::new(Command::new("x", [""; 0]), Ready::Started);
        process.stop.grace = grace;
        Allowances::new(&Launch {
            timeout,
            processes: vec![process.clone(), process],
            ..Launch::new("x")
        })
    }

    #[test]
    fn what_may_take_long_is_waited_for() {
        let allowances = allowances(60 * SECOND, 5 * SECOND);
        assert_eq!(allowances.start().whole, 60 * SECOND + 2 * KILLED + MARGIN);
        assert_eq!(allowances.part().whole, 60 * SECOND + MARGIN);
        let stop = |grace| {
            allowances
                .stop(&How {
                    grace,
                    ..How::default()
                })
                .whole
        };
        assert_eq!(stop(None), 10 * SECOND + 2 * KILLED + MARGIN);
        assert_eq!(stop(Some(SECOND)), 2 * SECOND + 2 * KILLED + MARGIN);
    }

    #[test]
    fn for_ever_is_for_ever() {
        let allowances = allowances(Duration::MAX, Duration::MAX);
        for allowance in [
            allowances.start(),
            allowances.stop(&How::default()),
            allowances.again(),
        ] {
            assert_eq!(allowance.until, Deadline::NONE);
        }
    }
}
