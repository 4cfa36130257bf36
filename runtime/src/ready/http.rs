//! Ready when an HTTP request is answered with an accepted status.

use std::time::Duration;

use regex::bytes::Regex;

use super::client::Client;
use super::pattern::pattern;
use super::request::Request;
use super::round_trip::{Limits, Verdict, start_of};
use super::{Check, Probe, response, tcp};
use crate::connect::Address;
use crate::deadline::Deadline;
use crate::error::Invalid;
use crate::instance::Stream;
use crate::launch::HttpProbe;
use crate::process::Holder;

/// How long an answer is waited for.
const LIMITS: Limits = Limits {
    first: Duration::from_millis(300),
    longest: Duration::from_secs(5),
    rest: None,
    size: 128 << 10,
};

/// How much of a body is looked at.
const LONGEST_BODY: usize = 64 << 10;

/// Ready when a request is answered with an accepted status.
pub(crate) struct Http {
    probe: HttpProbe,
    address: String,
    client: Client,
    wanted: Option<Wanted>,
}

/// What is asked, and what answer is wanted.
struct Wanted {
    request: Request,
    status: Regex,
    body: Option<Regex>,
}

impl Http {
    pub(crate) fn new(probe: HttpProbe) -> Self {
        let address = probe.authority();
        let limits = match probe.timeout {
            None => LIMITS,
            Some(timeout) => Limits {
                first: timeout,
                longest: timeout,
                ..LIMITS
            },
        };
        Self {
            client: Client::new(&address, limits)
                .labelled(format!("{} {}", probe.method, probe.url)),
            address,
            probe,
            wanted: None,
        }
    }
}

impl Probe for Http {
    fn problem(&self) -> Option<String> {
        // What it says of a URL is better than what the address in it is.
        let request = Wanted::new(&self.probe).err();
        request.or_else(|| Address::problem(&self.address))
    }

    fn begin(&mut self, _: &[Stream]) -> Result<(), String> {
        self.wanted = Some(Wanted::new(&self.probe)?);
        Ok(())
    }

    fn check(&mut self, _: Deadline) -> Check {
        let HttpProbe { url, method, .. } = &self.probe;
        let Some(wanted) = &self.wanted else {
            return Check::Failed(format!("{method} {url}: the request was never made"));
        };
        let judge = |bytes: &[u8], over: bool| wanted.judge(&self.probe.status, bytes, over);
        self.client.check(&wanted.request.bytes, &judge)
    }

    fn client(&self) -> Option<&Client> {
        Some(&self.client)
    }

    fn holds_before(&mut self, until: Deadline) -> Option<(String, Option<Holder>)> {
        tcp::accepts_before(&self.address, until)
    }
}

impl Wanted {
    /// A URL that is not plain HTTP with a host, or a status that is no regular expression, is an error.
    fn new(probe: &HttpProbe) -> Result<Self, String> {
        let request = Request::new(probe)?;
        let status = status(&probe.status)?;
        let body = match probe.body.as_str() {
            "" => None,
            body => {
                let wrong = |error: String| {
                    let (pattern, error) = (body, &error);
                    String::from(Invalid::BodyRegex { pattern, error })
                };
                Some(pattern(body, true).map_err(wrong)?)
            }
        };
        Ok(Self {
            request,
            status,
            body,
        })
    }

    fn judge(&self, wanted: &str, bytes: &[u8], over: bool) -> Verdict {
        let response = match response::read(bytes, self.request.no_body) {
            Ok(Some(response)) => response,
            Ok(None) if !over => return Verdict::More,
            Ok(None) if bytes.is_empty() => {
                return Verdict::Wrong("it closed the connection without a response".into());
            }
            Ok(None) => {
                let start = start_of(bytes);
                return Verdict::Wrong(format!("the response {start:?} is incomplete"));
            }
            Err(_) => {
                let start = start_of(bytes);
                return Verdict::Wrong(format!("the response {start:?} is not HTTP"));
            }
        };
        let code = response.code;
        if !self.status.is_match(code.to_string().as_bytes()) {
            return Verdict::Wrong(format!("status {code}, wanted {wanted}"));
        }
        let Some(body) = &self.body else {
            return Verdict::Ready;
        };
        // An answer that breaks off is judged by what has come.
        if !over && !response.whole && response.body.len() < LONGEST_BODY {
            return Verdict::More;
        }
        let text = response.body.get(..LONGEST_BODY).unwrap_or(&response.body);
        let text = String::from_utf8_lossy(text);
        if body.is_match(text.as_bytes()) {
            return Verdict::Ready;
        }
        let start: String = text.chars().take(200).collect();
        Verdict::Wrong(format!("status {code} with {start:?}, wanted {body}"))
    }
}

/// A regular expression for a whole status code. One that no code matches is an error.
fn status(wanted: &str) -> Result<Regex, String> {
    if wanted.is_empty() {
        return Err(Invalid::EmptyStatus.into());
    }
    // Status codes are ASCII, and tables for the digits of all scripts take a millisecond to read.
    let regex = pattern(&format!("^(?:{wanted})$"), false);
    let regex = regex.map_err(|_| Invalid::StatusRegex(wanted))?;
    // The usual ones first, since it is looked at before each start.
    let mut codes = [200, 204, 404, 401, 403, 302, 500, 503]
        .into_iter()
        .chain(100..=999);
    match codes.any(|code: u16| regex.is_match(code.to_string().as_bytes())) {
        true => Ok(regex),
        false => Err(Invalid::NoStatus(wanted).into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Read, Write};
    use std::net::TcpListener;

    use super::*;
    use crate::ready::client::Outcome;

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for url in ["https://127.0.0.1/", "127.0.0.1:80", "http:///x", "no url"] {
            assert!(Wanted::new(&HttpProbe::new(url)).is_err(), "{url}");
        }
        let bad = HttpProbe {
            status: "2(".into(),
            ..HttpProbe::new("http://127.0.0.1/")
        };
        let error = Wanted::new(&bad).err().unwrap();
        assert_eq!(
            error,
            "invalid status `2(`: neither a number nor a regular expression"
        );
    }

    /// A server that answers one request with the code, and returns what it was asked.
    fn check(code: u16, probe: impl FnOnce(&mut HttpProbe), wanted: Outcome) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/health", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(&stream);
            let mut request = String::new();
            while !request.ends_with("\r\n\r\n") {
                reader.read_line(&mut request).unwrap();
            }
            let length = request
                .to_lowercase()
                .split("content-length: ")
                .nth(1)
                .and_then(|it| it.lines().next()?.parse().ok());
            let mut body = vec![0; length.unwrap_or(0)];
            reader.read_exact(&mut body).unwrap();
            write!(&stream, "HTTP/1.1 {code} x\r\ncontent-length: 0\r\n\r\n").unwrap();
            request + &String::from_utf8(body).unwrap()
        });
        let mut asked = HttpProbe::new(&url);
        probe(&mut asked);
        let wanted_of = Wanted::new(&asked).unwrap();
        let judge = |bytes: &[u8], over: bool| wanted_of.judge(&asked.status, bytes, over);
        let mut client = Client::new(&asked.authority(), LIMITS);
        let until = Deadline::after(Duration::from_secs(20));
        let found = client.finish(&wanted_of.request.bytes, &judge, until);
        assert_eq!(found, wanted);
        server.join().unwrap()
    }

    #[test]
    fn the_whole_status_must_match() {
        assert!(check(204, |_| (), Outcome::Ready).starts_with("HEAD /health"));
        check(
            503,
            |_| (),
            Outcome::Failed(r"status 503, wanted 2\d\d".into()),
        );
        check(
            404,
            |probe| probe.status = "(200|404)".into(),
            Outcome::Ready,
        );
        let empty = r#"status 200 with "", wanted x"#;
        check(
            200,
            |probe| probe.body = "x".into(),
            Outcome::Failed(empty.into()),
        );
        check(
            200,
            |probe| probe.status = "[13]00".into(),
            Outcome::Failed("status 200, wanted [13]00".into()),
        );
    }

    #[test]
    fn method_headers_and_payload_are_sent() {
        let request = check(
            200,
            |probe| {
                probe.method = "POST".into();
                probe.headers.push(("X-Key".into(), "v".into()));
                probe.payload = vec![("a b".into(), "1&2".into()), ("c".into(), "d".into())];
            },
            Outcome::Ready,
        );
        assert!(request.starts_with("POST /health"));
        assert!(request.to_lowercase().contains("x-key: v\r\n"));
        assert!(request.ends_with("a%20b=1%262&c=d"));
    }
}
