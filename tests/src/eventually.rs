//! Waiting for what must become true.

use std::time::{Duration, Instant};

/// How long anything may take on a busy machine.
const DEADLINE: Duration = Duration::from_secs(60);

/// Looks again and again until there is something, and returns it with the time that this took.
///
/// # Panics
///
/// If there is nothing before the deadline: `what` did not happen.
pub fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> (T, Duration) {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return (found, began.elapsed());
        }
        assert!(
            began.elapsed() < DEADLINE,
            "within {DEADLINE:?}, this did not happen: {what}"
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}
