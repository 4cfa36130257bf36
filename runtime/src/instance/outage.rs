//! What a test does to a whole daemon that is its own.

use std::sync::atomic::Ordering;

use super::given::Given;
use crate::error::Result;
use crate::hold::How;

impl Given {
    pub(crate) fn stop(&self) -> Result<()> {
        self.hold().stop(None, How::default())
    }

    pub(crate) fn kill(&self) -> Result<()> {
        self.hold().kill(None)
    }

    pub(crate) fn start(&self) -> Result<()> {
        let facts = self.hold().start(None)?;
        self.pid.store(facts.pid, Ordering::Relaxed);
        Ok(())
    }

    pub(crate) fn pause(&self) -> Result<()> {
        self.hold().pause(None)
    }

    pub(crate) fn resume(&self) -> Result<()> {
        self.hold().resume(None)
    }
}

/// A pause that ends when this is dropped, as it is when a test panics.
pub(crate) struct Paused<'a>(Option<&'a Given>);

impl<'a> Paused<'a> {
    pub(crate) fn begin(given: &'a Given) -> Result<Self> {
        given.pause()?;
        Ok(Self(Some(given)))
    }

    pub(crate) fn end(mut self) -> Result<()> {
        self.0.take().map_or(Ok(()), Given::resume)
    }
}

impl Drop for Paused<'_> {
    fn drop(&mut self) {
        // The test has failed already.
        let _ = self.0.take().map(Given::resume);
    }
}
