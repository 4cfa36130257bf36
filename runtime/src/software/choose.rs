//! Which of several ways to run a daemon is installed.

use std::borrow::Cow;

use super::programs::Programs;
use super::version::Ask;
use crate::error::Cause;
use crate::launch::Launch;
use crate::process::Environment;

/// The launch with the first of its alternatives whose programs are installed; `ask` has a program say its version.
pub(crate) fn choose<'a>(
    launch: &'a Launch,
    environment: &Environment,
    ask: Ask<'_>,
) -> Result<Cow<'a, Launch>, Cause> {
    if launch.alternatives.is_empty() {
        return Ok(Cow::Borrowed(launch));
    }
    let mut missing: Option<Cause> = None;
    for way in launch.ways() {
        match Programs::find(&way, environment, ask).map(drop) {
            Ok(()) => return Ok(Cow::Owned(way)),
            Err(cause) => {
                missing = Some(match missing {
                    Some(first) => first.nor(cause),
                    None => cause,
                });
            }
        }
    }
    missing.map_or(Ok(Cow::Borrowed(launch)), Err)
}
