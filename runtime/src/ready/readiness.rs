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
/// A closure that returns a [`Check`] is one:
///
/// ```no_run
/// use fixtured::{Check, Executor};
///
/// let table = std::path::Path::new("/tmp/table");
/// let mut server = Executor::new("my-server --table /tmp/table", move || {
///     if table.exists() { Check::Ready } else { Check::NotYet("no table".into()) }
/// });
/// server.start()?;
/// # Ok::<(), fixtured::Error>(())
/// ```
pub trait Readiness: Send {
    /// Looks once. It may wait for an answer, but never beyond the deadline: the death of the process is not seen meanwhile.
    fn check(&mut self, until: Deadline) -> Check;

    /// A descriptor that becomes readable when it is worth looking again. Without one, `check` is called at short intervals:
    /// from 0.2 ms growing to 4 ms.
    fn wakes(&self) -> Option<BorrowedFd<'_>> {
        None
    }
}

impl<F: FnMut() -> Check + Send> Readiness for F {
    fn check(&mut self, _: Deadline) -> Check {
        self()
    }
}
