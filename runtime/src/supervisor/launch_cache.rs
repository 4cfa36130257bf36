//! A cache of serialized launches.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::launch::Launch;

/// How many are remembered.
const MOST: usize = 16;

/// A launch, and the same as JSON.
type Cached = (Arc<Launch>, Arc<[u8]>);

/// Those that this process has sent or received last. Many tests ask for the same; to write and read it each time takes longer than all else
/// that is done for a request.
static CACHE: Mutex<VecDeque<Cached>> = Mutex::new(VecDeque::new());

/// A launch as JSON.
pub(super) fn write(launch: &Arc<Launch>) -> io::Result<Arc<[u8]>> {
    if let Some((_, json)) = find(|cached| cached.0 == *launch) {
        return Ok(json);
    }
    let json = Arc::from(serde_json::to_vec(&**launch)?);
    remember((Arc::clone(launch), Arc::clone(&json)));
    Ok(json)
}

/// Reads what [`write`] gives.
pub(super) fn read(json: &[u8]) -> io::Result<Arc<Launch>> {
    if let Some((launch, _)) = find(|cached| *cached.1 == *json) {
        return Ok(launch);
    }
    let launch: Arc<Launch> = Arc::new(serde_json::from_slice(json)?);
    remember((Arc::clone(&launch), json.into()));
    Ok(launch)
}

fn find(is_it: impl Fn(&Cached) -> bool) -> Option<Cached> {
    cached().iter().find(|cached| is_it(cached)).cloned()
}

fn remember(new: Cached) {
    let mut cached = cached();
    cached.push_front(new);
    cached.truncate(MOST);
}

fn cached() -> MutexGuard<'static, VecDeque<Cached>> {
    CACHE.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::Site;

    #[test]
    fn each_launch_is_read_as_it_was_however_many_were_sent() {
        let launch = |number: usize| {
            let mut launch = Launch::new(format!("sent-{number}"));
            launch.url = format!("{}/{number}", Site::symbolic().port);
            Arc::new(launch)
        };
        for number in (0..2 * MOST).chain(0..2 * MOST) {
            let json = write(&launch(number)).unwrap();
            assert_eq!(write(&launch(number)).unwrap(), json);
            assert_eq!(read(&json).unwrap(), launch(number));
        }
        assert!(cached().len() <= MOST && read(b"{}").is_err());
    }
}
