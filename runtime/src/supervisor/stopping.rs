//! Stopping what runs in a session.

use std::sync::{Arc, Weak};

use super::grant::Grant;
use super::registry::Registry;
use crate::hold::How;
use crate::lock::lock;
use crate::startup::{ABANDONED_GRACE, Running};

impl Registry {
    /// Keeps what a client has held after the end of the session.
    pub(super) fn keep(&self, grant: Grant) {
        if grant.own && !grant.running.paused().is_empty() {
            // The user is going to look at it.
            let _ = grant.running.resume(None);
        }
        lock(&self.kept).push(grant);
    }

    /// Stops everything but what is kept. Returns whether anything is.
    pub(super) fn stop_all_but_kept(&self) -> bool {
        let kept: Vec<_> = lock(&self.kept)
            .iter()
            .map(|grant| Arc::downgrade(grant.running()))
            .collect();
        let any = !kept.is_empty() || self.logs.keeps_any();
        if any {
            self.stop(|running| {
                !kept
                    .iter()
                    .any(|kept| kept.ptr_eq(&Arc::downgrade(running)))
            });
        }
        any
    }

    /// Stops everything; the starts under way have been told by `ending`.
    pub(super) fn stop_all(&self) {
        self.starts.wait(ABANDONED_GRACE);
        self.stop(|_| true);
    }

    fn stop(&self, chosen: impl Fn(&Arc<Running>) -> bool) {
        let how = How {
            grace: Some(ABANDONED_GRACE),
            ..How::default()
        };
        let mut all: Vec<_> = lock(&self.all).iter().filter_map(Weak::upgrade).collect();
        all.retain(chosen);
        std::thread::scope(|scope| {
            for running in &all {
                let stop = || drop(running.stop(&how, None));
                let stopping = std::thread::Builder::new().spawn_scoped(scope, stop);
                if stopping.is_err() {
                    stop();
                }
            }
        });
    }
}
