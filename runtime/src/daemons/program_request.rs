//! The request that asks a program whether it is ready.

use std::fmt::Display;
use std::time::Duration;

use super::period::Period;
use super::program::{Program, pairs};

impl Program {
    /// Ready when a request to this URL is answered with an accepted status.
    pub fn http(mut self, url: impl Into<String>) -> Self {
        self.probe.url = url.into();
        self.asks = true;
        self
    }

    /// The accepted status: a number, or a regular expression for the whole code. Default: `2\d\d`.
    pub fn status(mut self, status: impl Display) -> Self {
        self.probe.status = status.to_string();
        self
    }

    /// The method of the request. Default: `HEAD`.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.probe.method = method.into();
        self
    }

    /// Headers of the request.
    pub fn headers<K: Into<String>, V: Into<String>>(
        mut self,
        headers: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.probe.headers.extend(pairs(headers));
        self
    }

    /// Fields of a form, sent as the body of the request.
    pub fn payload<K: Into<String>, V: Into<String>>(
        mut self,
        payload: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        self.probe.payload.extend(pairs(payload));
        self
    }

    /// How long one answer to the request may take before the server is asked anew. Default: 0.3 s at first, later up to 5 s, as long as
    /// the [`timeout`](Self::timeout) allows.
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
