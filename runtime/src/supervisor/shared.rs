//! Values that are shared by clients that ask for the same.

use std::os::fd::AsFd;
use std::sync::{Arc, Mutex};

use crate::error::Cause;
use crate::isolation::Patience;
use crate::lock::lock;
use crate::process::{Changes, Interest, wait};

/// One instance that is shared, from its first request on.
#[derive(Debug)]
pub(super) struct Shared<T> {
    state: Mutex<State<T>>,
    changed: Changes,
}

#[derive(Debug)]
enum State<T> {
    Down,
    /// The client of this name starts it.
    Starting(String),
    Up(Arc<T>),
    /// A start that failed would fail again; so it is not tried again in this session.
    Failed(Cause),
}

/// What a client finds.
#[derive(Debug)]
pub(super) enum Found<T> {
    Up(Arc<T>),
    /// It must start the instance.
    Down(Starting<T>),
}

/// A start that is under way. Dropping it without a result means that the outcome is unknown, and the next client tries again.
#[derive(Debug)]
pub(super) struct Starting<T> {
    shared: Arc<Shared<T>>,
    end: State<T>,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self {
            state: Mutex::new(State::Down),
            changed: Changes::default(),
        }
    }
}

impl<T> Shared<T> {
    /// The instance of this name. Of several clients that ask at once, one starts it, and the others wait within their patience. An instance
    /// that died is started again.
    pub(super) fn get(
        self: &Arc<Self>,
        name: &str,
        patience: &Patience<'_>,
        lives: impl Fn(&T) -> bool,
        start: impl FnOnce() -> Result<Arc<T>, Cause>,
    ) -> Result<Arc<T>, Cause> {
        let late = |_: &str| {
            let reason = format!("another test has been starting it for {:?}", patience.whole);
            Cause::io(format!("start `{name}`"), reason)
        };
        match self.find("", name, patience, lives, &late)? {
            Found::Up(instance) => Ok(instance),
            Found::Down(starting) => starting.end(start()),
        }
    }

    /// The same, where what starts it goes on after this has returned. Who waits for too long for the client of a name gets the error
    /// `late` for that name.
    pub(super) fn find(
        self: &Arc<Self>,
        client: &str,
        name: &str,
        patience: &Patience<'_>,
        lives: impl Fn(&T) -> bool,
        late: &dyn Fn(&str) -> Cause,
    ) -> Result<Found<T>, Cause> {
        let mut state = lock(&self.state);
        loop {
            match &*state {
                State::Up(instance) if lives(instance) => {
                    return Ok(Found::Up(Arc::clone(instance)));
                }
                State::Failed(cause) => return Err(cause.clone()),
                State::Starting(by) => {
                    let by = by.clone();
                    let failed = |error| Cause::io(format!("wait for `{name}`"), error);
                    let changed = self.changed.next().map_err(failed)?;
                    drop(state);
                    if !wait_for(changed.as_fd(), name, patience)? {
                        return Err(late(&by));
                    }
                    state = lock(&self.state);
                }
                State::Up(_) | State::Down => break,
            }
        }
        *state = State::Starting(client.into());
        Ok(Found::Down(Starting {
            shared: Arc::clone(self),
            end: State::Down,
        }))
    }
}

impl<T> Starting<T> {
    /// It is up, or will not be in this session.
    pub(super) fn end(mut self, result: Result<Arc<T>, Cause>) -> Result<Arc<T>, Cause> {
        self.end = match &result {
            Ok(instance) => State::Up(Arc::clone(instance)),
            Err(cause) => State::Failed(cause.clone()),
        };
        result
    }
}

impl<T> Drop for Starting<T> {
    fn drop(&mut self) {
        *lock(&self.shared.state) = std::mem::replace(&mut self.end, State::Down);
        self.shared.changed.tell();
    }
}

/// Waits for a start by another client. Returns whether it has ended.
pub(super) fn wait_for(
    changed: std::os::fd::BorrowedFd<'_>,
    name: &str,
    patience: &Patience<'_>,
) -> Result<bool, Cause> {
    let unwanted = patience.unwanted.iter().copied().map(Interest::closed);
    let interests: Vec<_> = [Interest::readable(changed)]
        .into_iter()
        .chain(unwanted)
        .collect();
    let failed = |error| Cause::io(format!("wait for `{name}`"), error);
    let happened = wait(&interests, patience.until).map_err(failed)?;
    match happened.split_first() {
        Some((true, _)) => Ok(true),
        Some((_, unwanted)) if unwanted.contains(&true) => Err(Cause::SessionEnded {
            why: format!("`{name}` is no longer needed"),
        }),
        _ => Ok(false),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::os::fd::AsFd;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::sync::mpsc;
    use std::thread;
    use std::time::Duration;

    use super::*;

    const LONG: Duration = Duration::from_secs(60);

    /// An instance that lives as long as this says.
    #[derive(Debug)]
    struct Fake(AtomicBool);

    fn get(
        shared: &Arc<Shared<Fake>>,
        start: impl FnOnce() -> Result<(), Cause>,
    ) -> Result<Arc<Fake>, Cause> {
        let lives = |fake: &Fake| fake.0.load(Ordering::Relaxed);
        let start = || start().map(|()| Arc::new(Fake(AtomicBool::new(true))));
        shared.get("fake", &Patience::of(LONG), lives, start)
    }

    #[test]
    fn of_many_at_once_one_starts_it() {
        let (shared, starts) = (Arc::default(), AtomicUsize::new(0));
        let start = || {
            starts.fetch_add(1, Ordering::Relaxed);
            thread::yield_now();
            Ok(())
        };
        thread::scope(|scope| {
            for _ in 0..64 {
                scope.spawn(|| get(&shared, start).unwrap());
            }
        });
        assert_eq!(starts.into_inner(), 1);
    }

    #[test]
    fn one_that_died_is_started_again_and_one_that_failed_is_not() {
        let shared = Arc::default();
        let first = get(&shared, || Ok(())).unwrap();
        first.0.store(false, Ordering::Relaxed);
        let second = get(&shared, || Ok(())).unwrap();
        assert!(!Arc::ptr_eq(&first, &second));
        second.0.store(false, Ordering::Relaxed);
        let cause = Cause::io("start `fake`", "no");
        let failed = get(&shared, || Err(cause.clone())).unwrap_err();
        assert_eq!(failed, cause);
        assert_eq!(get(&shared, || Ok(())).unwrap_err(), cause);
    }

    #[test]
    fn a_start_that_panics_is_no_end_for_the_others() {
        let shared = Arc::default();
        let panicked = catch_unwind(AssertUnwindSafe(|| get(&shared, || panic!("as told"))));
        assert!(panicked.is_err());
        assert!(get(&shared, || Ok(())).is_ok());
    }

    /// The error for a client that waits for an endless start, and then the outcome for the starter.
    fn waits(patience: &Patience<'_>, meanwhile: impl FnOnce()) -> String {
        let shared = Arc::default();
        let ((begin, begun), (go_on, going_on)) = (mpsc::channel(), mpsc::channel::<()>());
        thread::scope(|scope| {
            let starter = scope.spawn(|| {
                get(&shared, move || {
                    begin.send(()).unwrap();
                    let _ = going_on.recv();
                    Ok(())
                })
            });
            begun.recv().unwrap();
            meanwhile();
            let waited = shared.get("fake", patience, |_| true, || panic!("a second start"));
            drop(go_on);
            assert!(starter.join().unwrap().is_ok());
            waited.unwrap_err().to_string()
        })
    }

    #[test]
    fn who_waits_does_so_until_his_deadline() {
        let patience = Patience::of(Duration::from_millis(20));
        assert_eq!(
            waits(&patience, || ()),
            "cannot start `fake`: another test has been starting it for 20ms"
        );
    }

    #[test]
    fn who_waits_and_goes_away_waits_no_longer() {
        let (client, gone) = io::pipe().unwrap();
        let unwanted = [client.as_fd()];
        let patience = Patience::new(LONG, &unwanted);
        assert_eq!(
            waits(&patience, || drop(gone)),
            "the test run has ended: `fake` is no longer needed"
        );
    }
}
