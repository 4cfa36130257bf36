//! A process that an executor has started.

use crate::acquire::Acquisition;
use crate::asynchronous::Cancel;
use crate::daemons::Program;
use crate::error::{ErrorKind, Result};
use crate::hold::How;
use crate::instance::Instance;
use crate::launch::{Launch, Scope};
use crate::place::Place;
use crate::supervisor::Hangup;

/// A process that has been started; dropping it stops the process.
pub(super) struct Started {
    pub(super) instance: Instance<Program>,
    pub(super) launch: Launch,
    connection: Hangup,
    /// Whether nothing is left to be stopped, and the user knows how it ended.
    is_stopped: bool,
}

impl Started {
    /// Starts it; `name` is what people see who ask whose it is.
    pub(super) fn new(launch: Launch, name: &str, cancel: &Cancel) -> Result<Self> {
        let acquisition = Acquisition::request(launch.clone(), None, Scope::Test, name)?;
        let connection = acquisition.hangup();
        cancel.closes(connection.clone());
        Ok(Self {
            instance: acquisition.ready()?,
            launch,
            connection,
            is_stopped: false,
        })
    }

    /// Starts it again in its place. Says no if the supervisor is gone, and everything with it.
    pub(super) fn again(&mut self, cancel: &Cancel) -> Result<bool> {
        cancel.closes(self.connection.clone());
        match self.instance.start_again() {
            Err(error) if error.kind() == ErrorKind::SessionEnded => Ok(false),
            result => {
                result?;
                self.is_stopped = false;
                Ok(true)
            }
        }
    }

    /// Stops it, unless that has been done.
    pub(super) fn stop(&mut self, how: How) -> Result<()> {
        if self.is_stopped {
            return Ok(());
        }
        let mut hold = self.instance.hold();
        match hold.status() {
            // With the supervisor, everything has gone.
            Err(error) if error.kind() == ErrorKind::SessionEnded => return Ok(()),
            status => drop(status?),
        }
        let stopped = hold.stop(None, how);
        let error = stopped.as_ref().err().map(|error| error.kind());
        self.is_stopped = error.is_none_or(|kind| kind == ErrorKind::ProcessFinishedWithError);
        stopped
    }

    /// Kills it, since it cannot be used; the user is told why.
    pub(super) fn give_up(&mut self) {
        let _ = self.instance.hold().stop(None, How::by("SIGKILL"));
        self.is_stopped = true;
    }

    /// Where it is, for texts that speak of that.
    pub(super) fn place(&self) -> Place {
        let facts = self.instance.facts();
        Place {
            dir: facts.dir.clone(),
            ports: facts.ports.clone(),
            values: facts.values.clone(),
            ..Place::default()
        }
    }
}
