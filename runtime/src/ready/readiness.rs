//! The condition that makes a process count as started.

use std::os::fd::BorrowedFd;

use crate::deadline::Deadline;

/// What one look at a process found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Check {
    /// It is ready.
    Ready,
    /// It is not ready yet; this is still missing ("connection refused", "status 503").
    NotYet(String),
    /// It will never be ready, or nobody can tell, for this reason.
    Failed(String),
}

/// A condition that makes a process count as started, for conditions of your own.
///
/// A closure that returns `bool` is one, and so is a closure that returns a [`Check`], which can say what is missing:
///
/// ```no_run
/// use fixtured::{Check, Executor};
///
/// let table = std::path::Path::new("/tmp/table");
/// let server = Executor::new("my-server --table /tmp/table", move || table.exists()).started()?;
/// let other = Executor::new("my-server --table /tmp/table", move || match table.exists() {
///     true => Check::Ready,
///     false => Check::NotYet("no table".into()),
/// });
/// # Ok::<(), fixtured::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not tell whether a process is ready",
    label = "expected a closure that returns `bool` or `Check`",
    note = "write `|| path.exists()`, or implement `Readiness`"
)]
pub trait Readiness: Send {
    /// Looks once. It may wait for an answer, but never beyond the deadline: the death of the process is not seen meanwhile.
    fn check(&mut self, until: Deadline) -> Check;

    /// A descriptor that becomes readable when it is worth looking again. Without one, `check` is called at short intervals:
    /// from 0.2 ms growing to 4 ms.
    fn wakes(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

impl<F: FnMut() -> T + Send, T: Into<Check>> Readiness for F {
    fn check(&mut self, _: Deadline) -> Check {
        self().into()
    }
}

impl From<bool> for Check {
    fn from(holds: bool) -> Self {
        match holds {
            true => Self::Ready,
            false => Self::NotYet("the condition does not hold".into()),
        }
    }
}
