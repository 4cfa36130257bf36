//! Connecting to a server, as long as there is patience.

use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use super::patience::Patience;
use super::problem::{Kind, Problem};
use crate::connect::{Address, Progress, Race, Stream};
use crate::process::{Interest, pause};

/// Connects to the path of a socket, or to the first address of `host:port` that accepts.
pub(super) fn connect(address: &str, patience: &Patience<'_>) -> Result<Stream, Problem> {
    match address.starts_with('/') {
        true => by_path(address.as_ref(), patience),
        false => by_name(address, patience),
    }
}

fn by_path(path: &Path, patience: &Patience<'_>) -> Result<Stream, Problem> {
    let since = Instant::now();
    loop {
        match Stream::unix(path) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                patience.pause(pause(since.elapsed()))?;
            }
            connected => return Ok(connected?),
        }
    }
}

fn by_name(address: &str, patience: &Patience<'_>) -> Result<Stream, Problem> {
    let mut address = Address::new(address);
    while !address.look()? {
        patience.wait(address.wakes().as_slice())?;
    }
    if let Some(failed) = address.failed() {
        return Err(Problem::new(Kind::Disconnected, failed));
    }
    let mut race = Race::new(address.known(), None);
    loop {
        match race.look() {
            Progress::Connected(stream) => return Ok(stream),
            Progress::Failed(failed) => return Err(failed.error.into()),
            Progress::Waits => wait(&race.wakes(), race.again(), patience)?,
        }
    }
}

/// Waits until something happens, or until it is worth looking again.
fn wait(
    interests: &[Interest<'_>],
    again: Option<Duration>,
    patience: &Patience<'_>,
) -> Result<(), Problem> {
    let here = again.map_or(*patience, |again| patience.within(again));
    match here.wait(interests) {
        Err(problem) if problem.kind == Kind::Late && !patience.is_over() => Ok(()),
        happened => happened.map(drop),
    }
}
