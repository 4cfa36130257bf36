//! Ready when an HTTP request is answered with an accepted status.

use std::io::Read;
use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use regex::{Regex, RegexBuilder};
use ureq::http::{Request, Response, Uri};
use ureq::{Agent, Body};

use super::tcp::reason;
use super::{Check, Readiness};
use crate::deadline::Deadline;
use crate::launch::HttpProbe;

/// How long the first request may take. Some servers leave a request unanswered until they are ready, so the first ones are
/// given up early; later ones get longer, for servers that are slow but working.
const FIRST: Duration = Duration::from_millis(300);
const LONGEST: Duration = Duration::from_secs(5);

/// How much of a body is looked at.
const LONGEST_BODY: u64 = 64 << 10;

/// Ready when a request is answered with an accepted status.
pub(crate) struct Http {
    probe: HttpProbe,
    status: Regex,
    body: Option<Regex>,
    allowed: Duration,
    agent: Agent,
}

impl Http {
    /// A URL that is not plain HTTP with a host, or a status that is no regular expression, is an error.
    pub(crate) fn new(probe: HttpProbe) -> Result<Self, String> {
        let url = &probe.url;
        let uri: Uri = url
            .parse()
            .map_err(|error| format!("`{url}` is no URL: {error}"))?;
        if uri.scheme_str() != Some("http") || uri.host().is_none_or(str::is_empty) {
            return Err(format!(
                "`{url}` cannot be asked; write `http://HOST:PORT/PATH`"
            ));
        }
        // Status codes are ASCII, and tables for the digits of all scripts take a millisecond to read.
        let status = RegexBuilder::new(&format!("^(?:{})$", probe.status))
            .unicode(false)
            .build();
        let status = status.map_err(|_| {
            format!(
                "the status `{}` is neither a number nor a regular expression",
                probe.status
            )
        })?;
        let body = match probe.body.as_str() {
            "" => None,
            body => {
                let wrong = |error| format!("the body `{body}` is no regular expression: {error}");
                Some(Regex::new(body).map_err(wrong)?)
            }
        };
        request(&probe).map_err(|error| format!("the request cannot be made: {error}"))?;
        Ok(Self {
            probe,
            status,
            body,
            allowed: FIRST,
            agent: agent(FIRST),
        })
    }

    /// What is missing in the answer.
    fn ask(&self) -> Result<Option<String>, String> {
        let request = request(&self.probe).map_err(|error| error.to_string())?;
        let answer = match request.body().is_empty() {
            true => self.agent.run(request.map(|_| ())),
            false => self.agent.run(request),
        };
        match answer {
            Ok(answer) => Ok(self.missing_in(answer)),
            Err(ureq::Error::Io(error)) => Err(reason(&error)),
            Err(ureq::Error::Timeout(_)) => Err(format!("no answer within {:?}", self.allowed)),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Http {
    fn missing_in(&self, mut answer: Response<Body>) -> Option<String> {
        let (code, wanted) = (answer.status().as_u16(), &self.probe.status);
        if !self.status.is_match(&code.to_string()) {
            return Some(format!("status {code}, wanted {wanted}"));
        }
        let body = self.body.as_ref()?;
        let mut text = Vec::new();
        // An answer that breaks off is judged by what has come.
        let _ = answer
            .body_mut()
            .as_reader()
            .take(LONGEST_BODY)
            .read_to_end(&mut text);
        let text = String::from_utf8_lossy(&text);
        let start: String = text.chars().take(200).collect();
        (!body.is_match(&text)).then(|| format!("status {code} with {start:?}, wanted {body}"))
    }
}

/// What asks: for one answer, whatever it is, from this very server.
fn agent(timeout: Duration) -> Agent {
    Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_idle_connections(0)
        .proxy(None)
        // The default ones are cleared for each request, which takes longer than the request.
        .input_buffer_size(16 << 10)
        .output_buffer_size(4 << 10)
        .timeout_global(Some(timeout))
        .allow_non_standard_methods(true)
        .build()
        .new_agent()
}

fn request(probe: &HttpProbe) -> Result<Request<String>, ureq::http::Error> {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let fields = probe
        .payload
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    let mut request = Request::builder()
        .method(probe.method.as_str())
        .uri(&probe.url);
    if !probe.payload.is_empty() {
        request = request.header("content-type", "application/x-www-form-urlencoded");
    }
    for (name, value) in &probe.headers {
        request = request.header(name, value);
    }
    request.body(fields.collect::<Vec<_>>().join("&"))
}

impl Readiness for Http {
    fn check(&mut self, _: Deadline) -> Check {
        let HttpProbe { url, method, .. } = &self.probe;
        let found = match self.ask() {
            Ok(None) => return Check::Ready,
            Ok(Some(missing)) => missing,
            Err(reason) => reason,
        };
        let missing = format!("{method} {url}: {found}");
        if found.starts_with("no answer") {
            self.allowed = (self.allowed * 2).min(LONGEST);
            self.agent = agent(self.allowed);
        }
        Check::NotYet(missing)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn what_cannot_be_asked_is_refused() {
        for url in ["https://127.0.0.1/", "127.0.0.1:80", "http:///x", "no url"] {
            assert!(Http::new(HttpProbe::new(url)).is_err(), "{url}");
        }
        let bad = HttpProbe {
            status: "2(".into(),
            ..HttpProbe::new("http://127.0.0.1/")
        };
        let error = Http::new(bad).err().unwrap();
        assert_eq!(
            error,
            "the status `2(` is neither a number nor a regular expression"
        );
    }

    /// A server that answers one request with the code, and returns what it was asked.
    fn check(code: u16, probe: impl FnOnce(&mut HttpProbe), wanted: Check) -> String {
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
        let found = match Http::new(asked).unwrap().check(Deadline::NONE) {
            Check::NotYet(missing) => Check::NotYet(missing.replace(&url, "URL")),
            other => other,
        };
        assert_eq!(found, wanted);
        server.join().unwrap()
    }

    #[test]
    fn the_whole_status_must_match() {
        assert!(check(204, |_| (), Check::Ready).starts_with("HEAD /health"));
        check(
            503,
            |_| (),
            Check::NotYet(r"HEAD URL: status 503, wanted 2\d\d".into()),
        );
        check(404, |probe| probe.status = "(200|404)".into(), Check::Ready);
        let empty = r#"HEAD URL: status 200 with "", wanted x"#;
        check(
            200,
            |probe| probe.body = "x".into(),
            Check::NotYet(empty.into()),
        );
        check(
            200,
            |probe| probe.status = "20".into(),
            Check::NotYet("HEAD URL: status 200, wanted 20".into()),
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
            Check::Ready,
        );
        assert!(request.starts_with("POST /health"));
        assert!(request.to_lowercase().contains("x-key: v\r\n"));
        assert!(request.ends_with("a%20b=1%262&c=d"));
    }
}
