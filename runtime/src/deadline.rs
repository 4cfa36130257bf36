//! The latest time at which a wait ends.

use std::time::{Duration, Instant};

/// The latest time at which a wait ends; there may be none. A start, a stop or a request creates one deadline and passes it to everything
/// that waits on its behalf, including a custom [`Readiness`](crate::Readiness).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline(Option<Instant>);

impl Deadline {
    /// A wait without end.
    pub(crate) const NONE: Self = Self(None);

    /// This long from now. A time that the clock cannot express means never.
    pub(crate) fn after(duration: Duration) -> Self {
        Self(Instant::now().checked_add(duration))
    }

    /// A deadline that has passed, for a check without waiting.
    pub(crate) fn now() -> Self {
        Self(Some(Instant::now()))
    }

    /// This deadline, or this long from now if that is sooner.
    pub(crate) fn within(self, duration: Duration) -> Self {
        let sooner = Self::after(duration);
        match (self.0, sooner.0) {
            (Some(this), Some(that)) if this <= that => self,
            (Some(_), None) => self,
            _ => sooner,
        }
    }

    /// The remaining time; zero if the deadline has passed, `None` if there is none.
    pub fn left(self) -> Option<Duration> {
        let until = self.0?;
        Some(until.saturating_duration_since(Instant::now()))
    }

    /// Returns whether the deadline has passed.
    pub fn has_passed(self) -> bool {
        self.left().is_some_and(|left| left.is_zero())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn what_the_clock_cannot_express_is_never() {
        assert_eq!(Deadline::after(Duration::MAX), Deadline::NONE);
        assert_eq!(Deadline::NONE.left(), None);
        assert!(!Deadline::NONE.has_passed());
    }

    #[test]
    fn the_sooner_of_two_counts() {
        let soon = Deadline::after(Duration::ZERO);
        assert_eq!(soon.within(LONG), soon);
        assert_eq!(soon.within(Duration::MAX), soon);
        let late = Deadline::after(LONG);
        assert!(late.within(Duration::ZERO).has_passed());
        assert!(Deadline::NONE.within(LONG).left().is_some());
        assert_eq!(Deadline::NONE.within(Duration::MAX), Deadline::NONE);
    }

    #[test]
    fn nothing_is_left_of_one_that_has_passed() {
        assert!(Deadline::now().has_passed());
        assert_eq!(Deadline::now().left(), Some(Duration::ZERO));
    }
}
