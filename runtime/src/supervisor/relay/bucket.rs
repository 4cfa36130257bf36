//! How many bytes may pass in a second.

use std::num::NonZeroU64;
use std::time::{Duration, Instant};

/// How much may pass at once: what the limit allows in this time.
const PORTION: Duration = Duration::from_millis(10);

/// How late a portion may be without being lost: the machine may be busy.
const LATE: Duration = Duration::from_millis(50);

/// A limit of bytes per second for all connections in one direction.
#[derive(Debug)]
pub(super) struct Bucket {
    limit: Option<NonZeroU64>,
    /// When what has passed so far will have passed by the limit.
    free: Instant,
}

impl Bucket {
    pub(super) fn new() -> Self {
        Self {
            limit: None,
            free: Instant::now(),
        }
    }

    pub(super) fn set(&mut self, limit: Option<NonZeroU64>) {
        *self = Self {
            limit,
            ..Self::new()
        };
    }

    /// How many bytes may pass now.
    pub(super) fn allows(&self, now: Instant) -> usize {
        match self.limit {
            None => usize::MAX,
            Some(_) if self.free > now => 0,
            Some(limit) => {
                let portion = u128::from(limit.get()) * PORTION.as_millis() / 1000;
                usize::try_from(portion.max(1)).unwrap_or(usize::MAX)
            }
        }
    }

    /// So many have passed.
    pub(super) fn pass(&mut self, bytes: usize, now: Instant) {
        if let Some(limit) = self.limit {
            let nanoseconds = bytes as u128 * 1_000_000_000 / u128::from(limit.get());
            let takes = Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX));
            let from = now
                .checked_sub(LATE)
                .map_or(self.free, |late| self.free.max(late));
            self.free = from.checked_add(takes).unwrap_or(from);
        }
    }

    /// When more may pass, if not now.
    pub(super) fn again(&self, now: Instant) -> Option<Instant> {
        (self.allows(now) == 0).then_some(self.free)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How long so many bytes take by this limit, if whoever sends them is always there.
    fn check(limit: u64, bytes: usize) -> Duration {
        let mut bucket = Bucket::new();
        bucket.set(NonZeroU64::new(limit));
        let start = Instant::now();
        let (mut now, mut left) = (start, bytes);
        while left > 0 {
            match bucket.allows(now) {
                0 => now = bucket.again(now).unwrap(),
                most => {
                    let passed = most.min(left);
                    bucket.pass(passed, now);
                    left -= passed;
                }
            }
        }
        now - start
    }

    #[test]
    fn bytes_take_their_time() {
        for (limit, bytes, wanted) in [
            (64_000, 640_000, 10_000),
            (1, 60, 60_000),
            (1 << 30, 64 << 20, 62),
        ] {
            let took = check(limit, bytes).as_millis();
            assert!(
                took <= wanted && wanted - took <= 1100,
                "{limit} {bytes}: {took}"
            );
        }
    }

    #[test]
    fn without_a_limit_all_may_pass() {
        let mut bucket = Bucket::new();
        let now = Instant::now();
        bucket.pass(usize::MAX, now);
        assert_eq!((bucket.allows(now), bucket.again(now)), (usize::MAX, None));
    }
}
