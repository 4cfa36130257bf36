//! Custom readiness conditions.

use std::os::fd::BorrowedFd;

use crate::deadline::Deadline;

/// The result of one check of a process.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Check {
    /// It is ready.
    Ready,
    /// It is not ready yet, for this reason ("connection refused", "status 503").
    NotYet(String),
    /// It cannot become ready, or that cannot be determined, for this reason.
    Failed(String),
}

/// A custom condition under which a process is ready.
///
/// Closures that return `bool` or [`Check`] implement it. A [`Check`] can state what is missing:
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
    message = "`{Self}` is not a readiness condition",
    label = "expected a closure that returns `bool` or `Check`",
    note = "write `|| path.exists()`, or implement `Readiness`"
)]
pub trait Readiness: Send {
    /// Checks once. It may wait for an answer, but not beyond the deadline; an exit of the process is not noticed meanwhile.
    fn check(&mut self, until: Deadline) -> Check;

    /// A descriptor that becomes readable when it is worth checking again. Without one, `check` is called at short intervals, growing from
    /// 0.2 ms to 4 ms.
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
