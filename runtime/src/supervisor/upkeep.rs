//! What is done about the parts of daemons that are in use.

use std::os::fd::{AsFd, BorrowedFd};

use super::grant::Grant;
use super::part_request::not_done;
use super::registry::Registry;
use crate::error::{Cause, For, Refused};
use crate::isolation::Patience;
use crate::lock::lock;
use crate::startup::Running;

impl Registry {
    /// Has a client's part of a daemon be what it was in the beginning.
    pub(super) fn reset(&self, grant: &Grant, client: BorrowedFd<'_>) -> Result<(), Cause> {
        let Grant { running, part, .. } = grant;
        let launch = &running.launch;
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

    /// Does something in a daemon, and does it once more if its disk is full and what no test uses has been dropped.
    pub(super) fn with_room<T>(
        &self,
        running: &Running,
        work: impl Fn() -> Result<T, Refused>,
        patience: &Patience<'_>,
    ) -> Result<T, Refused> {
        let work = || match running.launch.external {
            Some(_) => work(),
            None => work().map_err(|refused| refused.in_directory(&running.place.dir)),
        };
        match work() {
            Err(refused) if refused.is_full() => {
                let all: Vec<_> = lock(&self.all)
                    .iter()
                    .filter_map(|it| it.upgrade())
                    .collect();
                all.iter().for_each(|running| running.shed(patience));
                work()
            }
            done => done,
        }
    }
}
