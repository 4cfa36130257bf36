//! The clock that all processes of the machine share.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use crate::Result;

/// The monotonic time in milliseconds.
pub fn now() -> Result<f64> {
    let time = Duration::from(clock_gettime(ClockId::CLOCK_MONOTONIC)?);
    Ok(time.as_secs_f64() * 1000.0)
}

/// Lengths of time between `from` and `to` that are spread evenly, whatever their number.
pub fn spread(from: Duration, to: Duration) -> impl Iterator<Item = Duration> {
    // Multiples of the golden ratio leave no gaps and repeat no pattern.
    let places = (1_u32..).map(|number| (f64::from(number) * 0.618_033_988_749_895).fract());
    places.map(move |place| from + (to - from).mul_f64(place))
}
