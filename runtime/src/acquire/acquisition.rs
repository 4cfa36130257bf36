//! An instance that has been requested.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::asynchronous::{Cancel, on_thread};
use crate::daemon::{Daemon, Prepare};
use crate::error::{Cause, Result};
use crate::hold::Terms;
use crate::instance::{Facts, Instance};
use crate::launch::{Launch, Site};
use crate::process::with_limit;
use crate::session;
use crate::supervisor::{Hangup, Lease};

/// The name of the test, after which test harnesses name its thread.
pub(crate) fn caller() -> String {
    thread::current().name().unwrap_or("main").into()
}

/// Acquires an instance on a thread.
pub(crate) fn in_background<D: Daemon>(
    daemon: &D,
    terms: Terms,
) -> impl Future<Output = Result<Instance<D>>> + Send + use<D> {
    let (launch, prepare) = (daemon.launch(Site::symbolic()), daemon.prepare());
    let test = caller();
    async move {
        let work = move |cancel: &Cancel| {
            let acquisition = Acquisition::request(launch, prepare, terms, &test)?;
            cancel.closes(acquisition.hangup());
            acquisition.answer()
        };
        let (lease, facts) = on_thread(work).await?;
        Ok(Instance::new(facts, lease))
    }
}

/// An instance that has been requested.
pub(crate) struct Acquisition(Answer);

/// What waits for the answer.
enum Answer {
    /// The caller, once it asks for the instance.
    Later(Box<Lease>),
    /// A thread, from now on. Other tests may wait for the data that this client prepares, so preparing must not wait until the test asks
    /// for the instance.
    Now(Preparing),
}

impl Acquisition {
    /// Requests an instance without waiting for it.
    pub(crate) fn new(daemon: &impl Daemon, terms: Terms, test: &str) -> Result<Self> {
        let launch = daemon.launch(Site::symbolic());
        Self::request(launch, daemon.prepare(), terms, test)
    }

    /// Requests an instance for a launch, with the code that prepares its data.
    pub(crate) fn request(
        launch: Launch,
        prepare: Option<Prepare>,
        terms: Terms,
        test: &str,
    ) -> Result<Self> {
        let lease = Lease::request(session::address()?, launch, terms, test)?;
        Self::of(lease, prepare)
    }

    fn of(lease: Lease, prepare: Option<Prepare>) -> Result<Self> {
        Ok(Self(match prepare {
            None => Answer::Later(Box::new(lease)),
            Some(prepare) => Answer::Now(Preparing::new(lease, prepare)?),
        }))
    }

    /// Waits until it is ready.
    pub(crate) fn ready<D>(self) -> Result<Instance<D>> {
        let (lease, facts) = self.answer()?;
        Ok(Instance::new(facts, lease))
    }

    /// A way to end it while a thread waits for it, and later.
    pub(crate) fn hangup(&self) -> Hangup {
        match &self.0 {
            Answer::Later(lease) => lease.hangup(),
            Answer::Now(preparing) => preparing.hangup.clone(),
        }
    }

    fn answer(self) -> Result<(Lease, Facts)> {
        match self.0 {
            Answer::Later(mut lease) => {
                let nobody = |_: &str| Err("the daemon does not say how".into());
                let facts = lease.prepared(nobody)?;
                Ok((*lease, facts))
            }
            Answer::Now(preparing) => preparing.ready(),
        }
    }
}

/// A thread that waits for an instance, and prepares its data if the supervisor asks for it. The test's thread may belong to a runtime, in
/// which the code could not start another runtime.
struct Preparing {
    answer: Receiver<Result<(Lease, Facts)>>,
    hangup: Hangup,
    thread: Option<JoinHandle<()>>,
}

/// How long to wait for the preparing code when its test has failed.
const LAST: Duration = Duration::from_secs(60);

impl Preparing {
    fn new(mut lease: Lease, prepare: Prepare) -> Result<Self> {
        let (hangup, (tell, answer)) = (lease.hangup(), channel());
        let thread = thread::Builder::new().spawn(move || {
            let facts = lease.prepared(|url| called(&prepare, url));
            // If the receiver is gone, the caller has hung up.
            let _ = tell.send(facts.map(|facts| (lease, facts)));
        });
        let failed = |error| {
            Cause::io(
                "start a thread that prepares what tests start from",
                with_limit(error),
            )
        };
        Ok(Self {
            answer,
            hangup,
            thread: Some(thread.map_err(failed)?),
        })
    }

    fn ready(mut self) -> Result<(Lease, Facts)> {
        let answer = self.answer.recv();
        // The thread has nothing left to do, and must be gone before the test continues.
        let _ = self.thread.take().map(JoinHandle::join);
        answer.map_err(|_| Cause::io("prepare what tests start from", "its thread has ended"))?
    }
}

impl Drop for Preparing {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            self.hangup.now();
            match self.answer.recv_timeout(LAST) {
                Err(RecvTimeoutError::Timeout) => {
                    eprintln!(
                        "the code that prepares what tests start from is still running, although its test has failed"
                    );
                }
                _ => drop(thread.join()),
            }
        }
    }
}

/// Calls the test's code; a panic is an error.
fn called(prepare: &Prepare, url: &str) -> Result<(), String> {
    let called = catch_unwind(AssertUnwindSafe(|| prepare(url)));
    called.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<&str>().copied();
        let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
        Err(format!("it panicked: {}", text.unwrap_or("without a text")))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::supervisor::fake::Fake;

    fn asked(fake: &Arc<Fake>, name: &str, prepare: &Prepare) -> Acquisition {
        Acquisition::of(fake.lease(name), Some(Arc::clone(prepare))).unwrap()
    }

    fn error(asked: Acquisition) -> String {
        asked.ready::<Launch>().map(drop).unwrap_err().to_string()
    }

    /// Each test is the first for one of the two, and would wait for the other test if it did not prepare before its turn.
    #[test]
    fn tests_that_prepare_two_in_opposite_order_do_not_wait_for_each_other() {
        for _ in 0..200 {
            let (fake, calls) = (Arc::<Fake>::default(), Arc::new(AtomicUsize::new(0)));
            let counted = Arc::clone(&calls);
            let prepare: Prepare = Arc::new(move |_| {
                counted.fetch_add(1, Ordering::Relaxed);
                Ok(())
            });
            let test = |first: &str, second: &str| {
                let (first, second) = (
                    asked(&fake, first, &prepare),
                    asked(&fake, second, &prepare),
                );
                first.ready::<Launch>().unwrap();
                second.ready::<Launch>().unwrap();
            };
            thread::scope(|scope| {
                scope.spawn(|| test("a", "b"));
                scope.spawn(|| test("b", "a"));
            });
            assert_eq!(calls.load(Ordering::Relaxed), 2);
        }
    }

    #[test]
    fn a_panic_of_the_code_that_prepares_is_the_cause() {
        let fake = Arc::<Fake>::default();
        let panics: Prepare = Arc::new(|url| panic!("no {url}"));
        let told = error(asked(&fake, "a", &panics));
        assert_eq!(told, "cannot prepare: it panicked: no a");
    }

    #[test]
    fn a_test_that_gives_up_leaves_no_thread_and_lets_the_next_one_prepare() {
        let fake = Arc::<Fake>::default();
        let (begin, begun) = channel();
        let calls = Arc::new(AtomicUsize::new(0));
        let ended = Arc::clone(&calls);
        let prepare: Prepare = Arc::new(move |_| {
            let _ = begin.send(());
            thread::yield_now();
            ended.fetch_add(1, Ordering::Relaxed);
            Ok(())
        });
        let given_up = asked(&fake, "a", &prepare);
        begun.recv().unwrap();
        drop(given_up);
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        let waiting = asked(&fake, "a", &prepare);
        assert!(waiting.ready::<Launch>().is_ok());
    }
}
