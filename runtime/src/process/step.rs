//! The steps between the fork and the program, and how a failure is told across.

use nix::errno::Errno;
use nix::libc::c_int;

/// What can fail between the fork and the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Keeper,
    Fork,
    Streams,
    Directory,
    Signals,
    User,
    Program,
}

/// A step that failed, and what the system said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failed {
    pub(super) step: Step,
    pub(super) errno: Errno,
}

/// A failure as it is sent: the place of the step in `STEPS`, and the number of the error.
pub(super) type Message = [i32; 2];

const HALF: usize = size_of::<i32>();

const STEPS: [Step; 7] = [
    Step::Keeper,
    Step::Fork,
    Step::Streams,
    Step::Directory,
    Step::Signals,
    Step::User,
    Step::Program,
];

impl Step {
    /// The failure of this step, as `errno` has it.
    pub(super) fn failed(self) -> Failed {
        Failed {
            step: self,
            errno: Errno::last(),
        }
    }

    pub(super) fn check(self, result: c_int) -> Result<(), Failed> {
        match result {
            -1 => Err(self.failed()),
            _ => Ok(()),
        }
    }
}

impl Failed {
    pub(super) fn from_bytes(bytes: [u8; size_of::<Message>()]) -> Self {
        let half = |at: usize| {
            let half = bytes
                .get(at..at + HALF)
                .and_then(|half| half.try_into().ok());
            i32::from_ne_bytes(half.unwrap_or_default())
        };
        let step = usize::try_from(half(0)).ok().and_then(|at| STEPS.get(at));
        Self {
            step: step.copied().unwrap_or(Step::Keeper),
            errno: Errno::from_raw(half(HALF)),
        }
    }

    pub(super) fn message(self) -> Message {
        let step = STEPS.iter().position(|step| *step == self.step);
        [step.unwrap_or_default() as i32, self.errno as i32]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_read_as_they_are_sent() {
        for step in STEPS {
            let failed = Failed {
                step,
                errno: Errno::EACCES,
            };
            let [step, errno] = failed.message().map(i32::to_ne_bytes);
            let bytes: Vec<_> = step.into_iter().chain(errno).collect();
            assert_eq!(Failed::from_bytes(bytes.try_into().unwrap()), failed);
        }
    }
}
