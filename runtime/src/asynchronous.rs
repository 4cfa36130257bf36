//! Support for asynchronous tests on any runtime.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::Poll;

use crate::instance::Given;

mod on_thread;

pub(crate) use on_thread::{Cancel, on_thread};

type Panic = Box<dyn Any + Send>;

/// Runs a future until it is done or panics. The future and everything it owns are dropped before this returns.
pub(crate) async fn caught<F: Future>(future: F) -> Result<F::Output, Panic> {
    let mut future = Box::pin(future);
    let result = poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context)));
        polled.map_or_else(|panic| Poll::Ready(Err(panic)), |done| done.map(Ok))
    })
    .await;
    match catch_unwind(AssertUnwindSafe(|| drop(future))) {
        Ok(()) => result,
        Err(panic) => result.and(Err(panic)),
    }
}

/// Releases these, one after the other, on a thread. The calling thread may have to close connections that a daemon waits for.
pub(crate) async fn give_back(given: Vec<Arc<Given>>) {
    let own: Vec<_> = given.into_iter().filter(|given| given.is_own()).collect();
    if own.is_empty() {
        return;
    }
    let work = move |_: &Cancel| {
        own.iter().for_each(|given| given.give_back());
        Ok(())
    };
    // If no thread can be started, dropping them waits.
    let _ = on_thread(work).await;
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::mpsc::{Receiver, Sender, channel};
    use std::task::{Context, Wake, Waker};

    use super::*;
    use crate::error::{Cause, End, Result};
    use crate::hold::{Hold, How, WireOrder};
    use crate::instance::{Facts, Instance};
    use crate::launch::Launch;
    use crate::state::State;

    /// Its release ends when the test says so.
    struct Fake(Receiver<()>);

    impl Hold for Fake {
        fn status(&mut self) -> Result<(bool, Option<End>)> {
            Ok((true, None))
        }

        fn keep(&mut self) -> Option<u32> {
            None
        }

        fn stop(&mut self, _: Option<&str>, _: How) -> Result<()> {
            Ok(())
        }

        fn kill(&mut self, _: Option<&str>) -> Result<()> {
            Ok(())
        }

        fn pause(&mut self, _: Option<&str>) -> Result<()> {
            Ok(())
        }

        fn resume(&mut self, _: Option<&str>) -> Result<()> {
            Ok(())
        }

        fn reset(&mut self) -> Result<()> {
            Ok(())
        }

        fn wire(&mut self, _: WireOrder) -> Result<()> {
            Ok(())
        }

        fn start(&mut self, _: Option<&str>) -> Result<Facts> {
            Ok(Facts::default())
        }

        fn state_of(&mut self, _: Option<&str>) -> Result<State> {
            unreachable!("nobody asks")
        }

        fn processes(&mut self) -> Result<Vec<(String, u32, bool)>> {
            Ok(Vec::new())
        }

        fn beside(&mut self) -> Vec<String> {
            Vec::new()
        }

        fn give_back(&mut self) {
            self.0.recv().unwrap();
        }

        fn keeping(&mut self, cause: Cause) -> Cause {
            cause
        }
    }

    struct Woken(Sender<()>);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.send(()).unwrap();
        }
    }

    #[test]
    fn who_waits_for_a_daemon_to_end_goes_on_meanwhile() {
        let ((end, ended), (wake, woken)) = (channel(), channel());
        let facts = Facts {
            own: true,
            ..Facts::default()
        };
        let instance = Instance::<Launch>::new(facts, Fake(ended));
        let mut giving = pin!(give_back(vec![Arc::clone(instance.given())]));
        let waker = Arc::new(Woken(wake)).into();
        let mut context = Context::from_waker(&waker);
        assert!(giving.as_mut().poll(&mut context).is_pending());
        end.send(()).unwrap();
        woken.recv().unwrap();
        assert!(giving.as_mut().poll(&mut context).is_ready());
        // The drop of the instance does not wait for another end.
        drop(instance);
    }

    #[test]
    fn a_panic_is_caught_and_what_belongs_to_the_future_is_gone() {
        let here = Arc::new(());
        let there = Arc::clone(&here);
        let mut future = pin!(caught(async move {
            let _there = there;
            panic!("as told");
        }));
        let mut context = Context::from_waker(Waker::noop());
        let Poll::Ready(Err(panic)) = future.as_mut().poll(&mut context) else {
            panic!("it goes on")
        };
        assert_eq!(panic.downcast_ref(), Some(&"as told"));
        assert_eq!(Arc::strong_count(&here), 1);
    }
}
