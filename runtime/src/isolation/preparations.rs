//! What tests' databases start from, while it is prepared in one server.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// The preparations that are under way in a server. Each sees what another one makes for the whole server, such as a role.
#[derive(Debug, Default)]
pub(crate) struct Preparations(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    under_way: usize,
    /// Whether there have been several at once since there was none.
    overlap: bool,
    /// The roles that have been made for whoever needs them.
    roles: BTreeSet<String>,
}

/// A preparation is under way as long as this is there.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<Preparations>);

impl UnderWay {
    /// One more begins, which makes these roles.
    pub(super) fn begin(all: &Arc<Preparations>, roles: &[String]) -> Self {
        let mut state = lock(&all.0);
        state.roles.extend(roles.iter().cloned());
        state.under_way += 1;
        state.overlap |= state.under_way > 1;
        Self(Arc::clone(all))
    }

    /// Returns whether another one may have seen what this one made, or the reverse.
    pub(super) fn overlaps(&self) -> bool {
        lock(&self.0.0).overlap
    }

    /// Returns whether a role has been made, or is being made, for whoever needs it.
    pub(super) fn makes_role(&self, name: &str) -> bool {
        lock(&self.0.0).roles.contains(name)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut state = lock(&self.0.0);
        state.under_way -= 1;
        state.overlap &= state.under_way > 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_overlap_that_are_under_way_at_once() {
        let all = Arc::default();
        let first = UnderWay::begin(&all, &[]);
        assert!(!first.overlaps());
        let second = UnderWay::begin(&all, &["app".into()]);
        assert!(first.makes_role("app"));
        drop(first);
        // The first one may have made something before it ended.
        assert!(second.overlaps());
        drop(second);
        assert!(!UnderWay::begin(&all, &[]).overlaps());
    }
}
