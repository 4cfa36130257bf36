//! The server that a proxy forwards requests to.

use crate::launch::Site;

/// Where another server is.
pub(super) struct Upstream<'a> {
    pub(super) host: &'a str,
    pub(super) port: String,
}

impl<'a> Upstream<'a> {
    /// The server that the option `backend` names, or else where a test may start one; and what is wrong with the option.
    pub(super) fn backend(option: &'a Option<String>, site: &Site) -> (Self, Option<String>) {
        let of_test = || Self {
            host: "127.0.0.1",
            port: site.port_named("backend"),
        };
        match option.as_deref().map(Self::read) {
            None => (of_test(), None),
            Some(Ok(upstream)) => (upstream, None),
            Some(Err(problem)) => (of_test(), Some(problem)),
        }
    }

    /// Reads `host:port`, which may be that of a URL.
    fn read(text: &'a str) -> Result<Self, String> {
        let address = text.strip_prefix("http://").unwrap_or(text);
        let address = address.strip_suffix('/').unwrap_or(address);
        let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
        let host = match host.strip_prefix('[') {
            Some(bracketed) => bracketed.strip_suffix(']').unwrap_or_default(),
            None => host,
        };
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || ".-_:".contains(letter);
        let is_host = !host.is_empty() && host.chars().all(is_plain);
        match port.parse::<u16>() {
            Ok(1..) if is_host => Ok(Self {
                host,
                port: port.into(),
            }),
            _ => Err(format!(
                "`backend`: `{text}` is not an address, expected e.g. `127.0.0.1:8080`"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_host_and_a_port() {
        for (text, wanted) in [
            ("127.0.0.1:8080", Some(("127.0.0.1", 8080))),
            ("http://localhost:1/", Some(("localhost", 1))),
            ("[::1]:7", Some(("::1", 7))),
            ("localhost", None),
            (":80", None),
            ("a b:80", None),
            ("\"a:80", None),
            ("[::1:80", None),
            ("a:0", None),
            ("https://a:80", None),
            ("http://a:80/path", None),
        ] {
            let read = Upstream::read(text).ok();
            let wanted = wanted.map(|(host, port): (_, u16)| (host, port.to_string()));
            let read = read.map(|upstream| (upstream.host, upstream.port));
            assert_eq!(read, wanted, "{text}");
        }
    }
}
