//! Blocking work for asynchronous callers.

use std::any::Any;
use std::future::poll_fn;
use std::mem::replace;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;

use crate::error::{Cause, Result};
use crate::lock::lock;
use crate::process::with_limit;
use crate::supervisor::Hangup;

type Done<T> = Result<Result<T>, Box<dyn Any + Send>>;

/// Does the work on a thread, which starts when the future is first polled. Dropping the future cancels the work without waiting for the
/// thread, which drops the result.
pub(crate) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce(&Cancel) -> Result<T> + Send + 'static,
) -> Result<T> {
    let task = Arc::new(Task {
        cancel: Cancel::default(),
        outcome: Mutex::new(Outcome::Pending(None)),
    });
    let theirs = Arc::clone(&task);
    let thread = thread::Builder::new().spawn(move || {
        let done = catch_unwind(AssertUnwindSafe(|| work(&theirs.cancel)));
        theirs.end(done);
    });
    thread.map_err(|error| Cause::io("start a thread", with_limit(error)))?;
    let waiting = Waiting(task);
    let done = poll_fn(|context| waiting.0.poll(context.waker())).await;
    done.unwrap_or_else(|panic| resume_unwind(panic))
}

/// Cancels what a thread waits for, from another thread.
#[derive(Default)]
pub(crate) struct Cancel(Mutex<(bool, Option<Hangup>)>);

impl Cancel {
    /// From now on, cancelling closes this connection.
    pub(crate) fn closes(&self, connection: Hangup) {
        let mut state = lock(&self.0);
        match state.0 {
            true => connection.now(),
            false => state.1 = Some(connection),
        }
    }

    fn now(&self) {
        let mut state = lock(&self.0);
        state.0 = true;
        if let Some(connection) = state.1.take() {
            connection.now();
        }
    }
}

struct Task<T> {
    cancel: Cancel,
    outcome: Mutex<Outcome<T>>,
}

enum Outcome<T> {
    Pending(Option<Waker>),
    Done(Done<T>),
    /// It was taken, or the future was dropped.
    Gone,
}

impl<T> Task<T> {
    fn poll(&self, waker: &Waker) -> Poll<Done<T>> {
        let mut outcome = lock(&self.outcome);
        if let Outcome::Done(done) = replace(&mut *outcome, Outcome::Gone) {
            return Poll::Ready(done);
        }
        *outcome = Outcome::Pending(Some(waker.clone()));
        Poll::Pending
    }

    fn end(&self, done: Done<T>) {
        let mut outcome = lock(&self.outcome);
        if let Outcome::Pending(waker) = &mut *outcome {
            let waker = waker.take();
            *outcome = Outcome::Done(done);
            drop(outcome);
            waker.into_iter().for_each(Waker::wake);
        }
    }
}

/// The future's side of a task.
struct Waiting<T>(Arc<Task<T>>);

impl<T> Drop for Waiting<T> {
    fn drop(&mut self) {
        let outcome = replace(&mut *lock(&self.0.outcome), Outcome::Gone);
        if !matches!(outcome, Outcome::Gone) {
            // With the connection closed, dropping an instance that was already acquired does not wait for its stop.
            self.0.cancel.now();
        }
    }
}
