//! A process that an executor has started.

use crate::acquire::Acquisition;
use crate::asynchronous::Cancel;
use crate::daemons::Program;
use crate::error::{ErrorKind, Result};
use crate::hold::{How, Terms};
use crate::instance::Instance;
use crate::launch::Launch;
use crate::place::Place;
use crate::supervisor::Hangup;

/// A process that has been started; dropping it stops the process.
pub(super) struct Started {
    pub(super) instance: Instance<Program>,
    pub(super) launch: Launch,
    connection: Hangup,
    /// Whether it is stopped and its exit has been reported to the user.
    is_stopped: bool,
}

impl Started {
    /// Starts it. `name` appears where the daemon's users are listed.
    pub(super) fn new(launch: Launch, terms: Terms, name: &str, cancel: &Cancel) -> Result<Self> {
        let acquisition = Acquisition::request(launch.clone(), None, terms, name)?;
        let connection = acquisition.hangup();
        cancel.closes(connection.clone());
        Ok(Self {
            instance: acquisition.ready()?,
            launch,
            connection,
            is_stopped: false,
        })
    }

    /// Starts it again in its directory. Returns false if the supervisor is gone, and everything with it.
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

    /// Stops it, unless it is stopped.
    pub(super) fn stop(&mut self, how: How) -> Result<()> {
        if self.is_stopped {
            return Ok(());
        }
        let mut hold = self.instance.hold();
        match hold.status() {
            // Everything has gone with the supervisor.
            Err(error) if error.kind() == ErrorKind::SessionEnded => return Ok(()),
            status => drop(status?),
        }
        let stopped = hold.stop(None, how);
        let error = stopped.as_ref().err().map(|error| error.kind());
        self.is_stopped = error.is_none_or(|kind| kind == ErrorKind::ProcessFinishedWithError);
        stopped
    }

    /// Kills it after an error that is reported to the user.
    pub(super) fn give_up(&mut self) {
        let _ = self.instance.hold().stop(None, How::by("SIGKILL"));
        self.is_stopped = true;
    }

    /// Its directory, ports and values, for replacing placeholders.
    pub(super) fn place(&self) -> Place {
        let facts = self.instance.facts();
        Place {
            dir: facts.dir.clone(),
            ports: facts.own_ports().clone(),
            values: facts.values.clone(),
            ..Place::default()
        }
    }
}
