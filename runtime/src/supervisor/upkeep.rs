//! What is done about the parts of daemons that are in use.

use std::os::fd::{AsFd, BorrowedFd};

use super::grant::Grant;
use super::part_request::not_done;
use super::registry::Registry;
use crate::error::{Cause, For, Refused, has_little_room};
use crate::isolation::Patience;
use crate::lock::lock;
use crate::startup::Running;

impl Registry {
    /// Has a client's part of a daemon be what it was in the beginning.
    pub(super) fn reset(&self, grant: &Grant, client: BorrowedFd<'_>) -> Result<(), Cause> {
        let Grant { running, part, .. } = grant;
        let launch = &running.launch;
        if running.is_paused() {
            let reason = "it is paused; resume it first";
            return Err(Cause::io(format!("reset `{}`", launch.name), reason));
        }
        let unwanted = [client, self.ending.as_fd()];
        let patience = &Patience::new(launch.timeout, &unwanted);
        let reset = || match part.reset(patience) {
            Some(reset) => reset.map(|()| true),
            None => Ok(false),
        };
        match self.with_room(running, reset, patience) {
            Ok(true) => Ok(()),
            Ok(false) => {
                let reason = match grant.own {
                    true => "nothing was created for this test in its dedicated server",
                    false => "tests share its data",
                };
                Err(Cause::io(format!("reset `{}`", launch.name), reason))
            }
            Err(refused) => Err(not_done(running, &launch.isolation, For::Reset, refused)),
        }
    }

    /// Does something in a daemon, and does it once more if its disk is full. What no test uses is dropped then, and where little room is
    /// left: tests need it too.
    pub(super) fn with_room<T>(
        &self,
        running: &Running,
        work: impl Fn() -> Result<T, Refused>,
        patience: &Patience<'_>,
    ) -> Result<T, Refused> {
        let dir = &running.place.dir;
        let is_ours = running.launch.external.is_none();
        let work = || match work() {
            Err(refused) if is_ours => Err(refused.in_directory(dir)),
            done => done,
        };
        if is_ours && has_little_room(dir) {
            self.shed(patience);
        }
        match work() {
            Err(refused) if refused.is_full() => {
                self.shed(patience);
                work()
            }
            done => done,
        }
    }

    /// Drops what no test uses in any of the session's daemons.
    fn shed(&self, patience: &Patience<'_>) {
        self.seeds.shed();
        let all: Vec<_> = lock(&self.all)
            .iter()
            .filter_map(|it| it.upgrade())
            .collect();
        all.iter().for_each(|running| running.shed(patience));
    }
}
