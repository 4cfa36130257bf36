//! Facts about an executor's process.

use std::io::BufReader;
use std::path::Path;

use super::kind::Kind;
use super::process::ExecutorOf;
use crate::error::{Cause, Error, Result};
use crate::instance::{Facts, Stream};
use crate::log::OutputFile;
use crate::wire::Wire;

/// Facts about the process.
impl<K: Kind> ExecutorOf<K> {
    /// Reads the standard output of the process since its last start. For an [`OutputExecutor`](crate::OutputExecutor), it starts with the
    /// line after the banner. It can be read as long as the executor exists, also after the process has stopped.
    ///
    /// # Errors
    ///
    /// If the process has not been started, or if its output is discarded.
    pub fn output(&self) -> Result<BufReader<OutputFile>> {
        let facts = self.facts()?;
        self.open("output", facts.output.as_ref(), facts)
    }

    /// Reads the standard error of the process, like [`output`](Self::output).
    ///
    /// # Errors
    ///
    /// As [`output`](Self::output).
    pub fn err_output(&self) -> Result<BufReader<OutputFile>> {
        let facts = self.facts()?;
        self.open("standard error", facts.errors.as_ref(), facts)
    }

    fn open(
        &self,
        what: &str,
        stream: Option<&Stream>,
        facts: &Facts,
    ) -> Result<BufReader<OutputFile>> {
        let reading = format!("read the {what} of `{}`", self.program.shown());
        let Some(Stream { path, from }) = stream else {
            return Err(Cause::io(reading, "it is discarded").into());
        };
        let opened = match facts.banner.as_ref() == Some(path) {
            true => OutputFile::open_at_line(path, *from),
            false => OutputFile::open(path, *from),
        };
        match opened {
            Ok(file) => Ok(BufReader::new(file)),
            Err(error) => Err(Cause::io(reading, error).into()),
        }
    }

    /// The process ID.
    ///
    /// # Errors
    ///
    /// If the process has not been started.
    pub fn pid(&self) -> Result<u32> {
        Ok(self.facts()?.pid)
    }

    /// The port: the leased one, or that of the address that the executor waits for.
    ///
    /// # Errors
    ///
    /// If the process has not been started, or if its port is unknown.
    pub fn port(&self) -> Result<u16> {
        let port = self.facts()?.ports.get("").copied();
        port.ok_or_else(|| self.without("port"))
    }

    /// The URL for clients, derived from the readiness condition: `http://127.0.0.1:21040`, `tcp://127.0.0.1:21040`, `unix:/path`.
    ///
    /// # Errors
    ///
    /// If the process has not been started, or if its address is unknown.
    pub fn url(&self) -> Result<&str> {
        let url = self.facts()?.url.as_str();
        let found = Some(url).filter(|url| !url.is_empty());
        found.ok_or_else(|| self.without("URL"))
    }

    /// The process's private directory, `{dir}` in strings. It is removed with the executor.
    ///
    /// # Errors
    ///
    /// If the process has not been started.
    pub fn dir(&self) -> Result<&Path> {
        Ok(&self.facts()?.dir)
    }

    /// The wire between clients and the process.
    ///
    /// # Errors
    ///
    /// If the process has not been started, or not with [`wired`](Self::wired).
    pub fn wire(&self) -> Result<Wire<'_>> {
        let doing = "use its wire";
        let Some(started) = &self.started else {
            return Err(self.not_started(doing));
        };
        let none = || {
            let reason = format!("`{}` was started without `wired()`", self.program.shown());
            Cause::io(doing, reason).into()
        };
        Wire::of(started.instance.given()).ok_or_else(none)
    }

    fn without(&self, what: &str) -> Error {
        let problem =
            "neither its command nor its readiness condition contains an address".to_owned();
        let what = format!("tell the {what} of `{}`", self.program.shown());
        Cause::io(what, problem).into()
    }

    fn facts(&self) -> Result<&Facts> {
        match &self.started {
            Some(started) => Ok(started.instance.facts()),
            None => Err(self.not_started("look at the process")),
        }
    }

    pub(super) fn not_started(&self, doing: &str) -> Error {
        let problem = format!("`{}` has not been started", self.program.shown());
        Cause::io(doing, problem).into()
    }
}
