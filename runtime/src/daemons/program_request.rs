//! The HTTP request that checks whether a program is ready.

use std::fmt::Display;
use std::time::Duration;

use super::period::Period;
use super::program::{Program, pairs};

impl Program {
    /// Wait until a request to this URL returns an accepted status.
    pub fn http(mut self, url: impl Into<String>) -> Self {
        self.probe.url = url.into();
        self.asks = true;
        self
    }

    /// Accept this status: a number, or a regular expression that the whole code matches. Default: `2\d\d`.
    pub fn status(mut self, status: impl Display) -> Self {
        self.probe.status = status.to_string();
        self
    }

    /// Set the request method. Default: `HEAD`.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.probe.method = method.into();
        self
    }

    /// Add request headers.
    pub fn headers<K: Into<String>, V: Into<String>>(
        mut self,
        headers: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.probe.headers.extend(pairs(headers));
        self
    }

    /// Add form fields, sent as the request body.
    pub fn payload<K: Into<String>, V: Into<String>>(
        mut self,
        payload: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.probe.payload.extend(pairs(payload));
        self
    }

    /// Wait this long for a response before trying again. Default: 0.3 s at first, growing to 5 s, within the
    /// [`timeout`](Self::timeout).
    pub fn request_timeout(mut self, timeout: impl Period) -> Self {
        match timeout.duration() {
            Ok(Duration::ZERO) => {
                self.problem = Some("a request timeout of 0 leaves no time".into())
            }
            Ok(timeout) => self.probe.timeout = Some(timeout),
            Err(problem) => self.problem = Some(problem),
        }
        self
    }
}
