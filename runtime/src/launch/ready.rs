//! When a process is ready.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::Command;
use super::serialized;
use super::text::Texts;

/// The condition under which a process is ready.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Ready {
    /// It has been started.
    Started,
    /// A connection to `host:port` is accepted.
    Tcp(#[serde(with = "serialized")] String),
    /// A connection to the socket at this path is accepted.
    UnixSocket(#[serde(with = "serialized")] String),
    /// A request is answered with an accepted status.
    Http(HttpProbe),
    /// A line of its output matches this regular expression. The output of the daemon's other processes is ignored.
    Output(#[serde(with = "serialized")] String),
    /// The file exists.
    PidFile(#[serde(with = "serialized")] String),
    /// A line of a file matches.
    #[non_exhaustive]
    File {
        /// The path of the file itself; a symbolic link is not followed.
        #[serde(with = "serialized")]
        path: String,
        /// A regular expression that a part of the line matches, as bytes. Only the first 64 KiB are searched.
        #[serde(with = "serialized")]
        line: String,
    },
    /// The command exits with status 0.
    Command(Command),
    /// The server answers a message as expected.
    #[non_exhaustive]
    Exchange {
        /// `host:port`, or the path of a Unix socket.
        #[serde(with = "serialized")]
        address: String,
        /// The message; empty for servers that speak first.
        #[serde(with = "serialized")]
        send: String,
        /// A regular expression that the start of the answer matches, as bytes: `.` is any byte but a line feed, and `\xff` is byte 255.
        #[serde(with = "serialized")]
        expect: String,
    },
}

impl Ready {
    /// [`Ready::Tcp`] on this port of 127.0.0.1.
    pub fn port(port: &str) -> Self {
        Self::Tcp(format!("127.0.0.1:{port}"))
    }

    /// [`Ready::Http`] with a `GET` request to this URL and an accepted status of `2\d\d`.
    pub fn get(url: impl Into<String>) -> Self {
        Self::Http(HttpProbe::get(url))
    }

    /// [`Ready::File`]: a line of this file matches the regular expression.
    pub fn file(path: impl Into<String>, line: impl Into<String>) -> Self {
        let (path, line) = (path.into(), line.into());
        Self::File { path, line }
    }

    /// [`Ready::Exchange`]: the server at `host:port`, or at the path of a Unix socket, answers `send` with `expect`.
    pub fn exchange(
        address: impl Into<String>,
        send: impl Into<String>,
        expect: impl Into<String>,
    ) -> Self {
        Self::Exchange {
            address: address.into(),
            send: send.into(),
            expect: expect.into(),
        }
    }
}

impl Texts for Ready {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        match self {
            Self::Started => {}
            Self::Tcp(text) | Self::UnixSocket(text) | Self::Output(text) | Self::PidFile(text) => {
                visit(text);
            }
            Self::Http(probe) => {
                visit(&mut probe.url);
                probe.headers.each_text(visit);
                probe.payload.each_text(visit);
                visit(&mut probe.body);
            }
            Self::File { path, line } => [path, line].into_iter().for_each(visit),
            Self::Command(command) => command.each_text(visit),
            Self::Exchange {
                address,
                send,
                expect,
            } => [address, send, expect].into_iter().for_each(visit),
        }
    }
}

/// The HTTP request that checks whether a server is ready.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct HttpProbe {
    /// The URL, `http` only.
    #[serde(with = "serialized")]
    pub url: String,
    /// A regular expression that the whole status code matches.
    pub status: String,
    /// The request method.
    pub method: String,
    /// Request headers.
    #[serde(with = "serialized")]
    pub headers: Vec<(String, String)>,
    /// Form fields, sent as the body. If empty, no body is sent.
    #[serde(with = "serialized")]
    pub payload: Vec<(String, String)>,
    /// A regular expression that a part of the response body matches; if empty, the body is ignored. Only the first 64 KiB are searched.
    #[serde(with = "serialized")]
    pub body: String,
    /// How long to wait for a response before trying again. Default: 0.3 s at first, growing to 5 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
}

impl HttpProbe {
    /// A `HEAD` request with an accepted status of `2\d\d`, like mirakuru's.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            status: r"2\d\d".into(),
            method: "HEAD".into(),
            headers: Vec::new(),
            payload: Vec::new(),
            body: String::new(),
            timeout: None,
        }
    }

    /// A `GET` request with an accepted status of `2\d\d`.
    pub fn get(url: impl Into<String>) -> Self {
        Self {
            method: "GET".into(),
            ..Self::new(url)
        }
    }

    /// Sets the method.
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = method.into();
        self
    }

    /// Sets the accepted status: a regular expression that the whole code matches.
    pub fn status(mut self, status: impl Into<String>) -> Self {
        self.status = status.into();
        self
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Adds a form field, sent in the body.
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.payload.push((name.into(), value.into()));
        self
    }

    /// Requires that a part of the response body matches this regular expression.
    pub fn body(mut self, body: impl Into<String>) -> Self {
        self.body = body.into();
        self
    }

    /// Sets how long to wait for a response before trying again. Default: 0.3 s at first, growing to 5 s.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// This probe with its placeholders replaced.
    pub(crate) fn filled(&self, fill: &dyn Fn(&str) -> String) -> Self {
        let pairs = |pairs: &[(String, String)]| {
            let filled = pairs
                .iter()
                .map(|(name, value)| (name.clone(), fill(value)));
            filled.collect()
        };
        Self {
            url: fill(&self.url),
            headers: pairs(&self.headers),
            payload: pairs(&self.payload),
            body: fill(&self.body),
            ..self.clone()
        }
    }

    /// `host:port` of the URL; port 80 if it names none.
    pub(crate) fn authority(&self) -> String {
        let rest = self
            .url
            .split_once("://")
            .map_or(self.url.as_str(), |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit_once('@').map_or(authority, |(_, it)| it);
        // A colon inside brackets belongs to an address.
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.contains(']'));
        if has_port {
            authority.into()
        } else {
            format!("{authority}:80")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::Site;

    #[test]
    fn a_url_without_a_port_means_port_80() {
        for (url, wanted) in [
            ("http://127.0.0.1:8080/health", "127.0.0.1:8080"),
            ("http://localhost/x:1", "localhost:80"),
            ("http://[::1]:7?x", "[::1]:7"),
            ("http://[::1]", "[::1]:80"),
            ("http://me:secret@localhost/", "localhost:80"),
        ] {
            assert_eq!(HttpProbe::new(url).authority(), wanted);
        }
        let address = format!("127.0.0.1:{}", Site::symbolic().port_named("admin"));
        let url = format!("http://{address}/");
        assert_eq!(HttpProbe::new(url).authority(), address);
    }
}
