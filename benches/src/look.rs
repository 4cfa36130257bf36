//! One look at whether a daemon that was started by hand is ready.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use fixtured::launch::{Command, HttpProbe, Ready};
use regex::bytes::Regex;

use crate::Result;

/// How long an answer may take.
const ANSWER: Duration = Duration::from_millis(300);

/// Whether the condition holds; `fill` fills in placeholders, and `succeeds` runs a command.
pub fn holds(
    ready: &Ready,
    dir: &Path,
    log: &Path,
    fill: &dyn Fn(&str) -> String,
    succeeds: &dyn Fn(&Command) -> Result<bool>,
) -> Result<bool> {
    Ok(match ready {
        Ready::Started => true,
        Ready::Tcp(address) => connect(&fill(address)).is_some(),
        Ready::UnixSocket(path) => UnixStream::connect(dir.join(fill(path))).is_ok(),
        Ready::PidFile(path) => dir.join(fill(path)).exists(),
        Ready::Output(pattern) => {
            let pattern = Regex::new(&fill(pattern))?;
            pattern.is_match(&fs::read(log).unwrap_or_default())
        }
        Ready::File { path, line, .. } => {
            let line = Regex::new(&format!("(?m-u){}", fill(line)))?;
            line.is_match(&fs::read(dir.join(fill(path))).unwrap_or_default())
        }
        Ready::Command(command) => succeeds(command)?,
        Ready::Http(probe) => http(probe, fill)?,
        Ready::Exchange {
            address,
            send,
            expect,
            ..
        } => {
            let pattern = Regex::new(&format!("(?-u)^(?:{expect})"))?;
            let (address, send) = (fill(address), fill(send));
            match address.starts_with('/') {
                true => UnixStream::connect(&address).is_ok_and(|stream| {
                    let _ = stream.set_read_timeout(Some(ANSWER));
                    answers(stream, send.as_bytes(), &pattern)
                }),
                false => connect(&address)
                    .is_some_and(|stream| answers(stream, send.as_bytes(), &pattern)),
            }
        }
        other => return Err(format!("cannot look for {other:?}").into()),
    })
}

fn connect(address: &str) -> Option<TcpStream> {
    let address = address.to_socket_addrs().ok()?.next()?;
    let stream = TcpStream::connect_timeout(&address, ANSWER).ok()?;
    stream.set_read_timeout(Some(ANSWER)).ok()?;
    Some(stream)
}

fn answers(mut stream: impl Read + Write, send: &[u8], wanted: &Regex) -> bool {
    let (mut answer, mut buffer) = (Vec::new(), [0; 4096]);
    if stream.write_all(send).is_err() {
        return false;
    }
    while !wanted.is_match(&answer) {
        match stream.read(&mut buffer) {
            Ok(0) | Err(_) => return false,
            Ok(count) => answer.extend(buffer.get(..count).unwrap_or_default()),
        }
    }
    true
}

fn http(probe: &HttpProbe, fill: &dyn Fn(&str) -> String) -> Result<bool> {
    let url = fill(&probe.url);
    let rest = url.strip_prefix("http://").ok_or("a URL of another kind")?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let Some(mut stream) = connect(authority) else {
        return Ok(false);
    };
    let encode = |text: &str| {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric();
        let encoded = text.bytes().map(|byte| match plain(&byte) {
            true => char::from(byte).to_string(),
            false => format!("%{byte:02X}"),
        });
        encoded.collect::<String>()
    };
    let fields = probe.payload.iter();
    let fields = fields.map(|(name, value)| format!("{}={}", encode(name), encode(&fill(value))));
    let body = fields.collect::<Vec<_>>().join("&");
    let path = if path.is_empty() { "/" } else { path };
    let mut request = format!("{} {path} HTTP/1.0\r\nHost: {authority}\r\n", probe.method);
    for (name, value) in &probe.headers {
        request += &format!("{name}: {}\r\n", fill(value));
    }
    if !body.is_empty() {
        request += "Content-Type: application/x-www-form-urlencoded\r\n";
        request += &format!("Content-Length: {}\r\n", body.len());
    }
    let mut answer = Vec::new();
    if write!(stream, "{request}\r\n{body}").is_err() || stream.read_to_end(&mut answer).is_err() {
        return Ok(false);
    }
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).unwrap_or_default();
    let wanted = regex::Regex::new(&format!("^(?:{})$", probe.status))?;
    let body = regex::Regex::new(&fill(&probe.body))?;
    Ok(wanted.is_match(status) && body.is_match(&answer))
}
