//! An answer of HTTP, as far as it has come.

use httparse::{EMPTY_HEADER, Status, parse_chunk_size};

/// How many headers an answer may have.
const HEADERS: usize = 128;

/// An answer of which the head is there.
#[derive(Debug, PartialEq)]
pub(crate) struct Response {
    pub(crate) code: u16,
    /// What there is of the body.
    pub(crate) body: Vec<u8>,
    /// Whether that is all of it, as far as can be told; where the end of the connection is its end, it cannot.
    pub(crate) whole: bool,
}

/// Reads an answer; `None` if more of its head is to come. An error says that it is none.
pub(crate) fn read(mut bytes: &[u8], no_body: bool) -> Result<Option<Response>, httparse::Error> {
    loop {
        let mut headers = [EMPTY_HEADER; HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        let Status::Complete(length) = parsed.parse(bytes)? else {
            return Ok(None);
        };
        let rest = bytes.get(length..).unwrap_or_default();
        let code = parsed.code.unwrap_or(0);
        // Before the answer itself there may be others that only say that it takes a while.
        if (100..200).contains(&code) && code != 101 {
            bytes = rest;
            continue;
        }
        let field = |name: &str| {
            let found = parsed.headers.iter();
            let mut found = found.filter(|field| field.name.eq_ignore_ascii_case(name));
            found
                .next_back()
                .and_then(|field| std::str::from_utf8(field.value).ok())
        };
        let (body, whole) = if no_body || [204, 304].contains(&code) {
            (Vec::new(), true)
        } else if field("transfer-encoding").is_some_and(|how| how.trim().ends_with("chunked")) {
            chunks(rest)
        } else {
            let length = field("content-length").and_then(|length| length.trim().parse().ok());
            let length: usize = length.unwrap_or(usize::MAX);
            let body = rest.get(..length).unwrap_or(rest);
            (body.to_vec(), rest.len() >= length)
        };
        return Ok(Some(Response { code, body, whole }));
    }
}

/// Puts together what is sent in chunks; returns whether the last one was among them.
fn chunks(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Ok(Status::Complete((head, length))) = parse_chunk_size(rest) {
        if length == 0 {
            return (body, true);
        }
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let after = rest.get(head..).unwrap_or_default();
        let chunk = after.get(..length).unwrap_or(after);
        body.extend(chunk);
        // A chunk is followed by the end of a line.
        rest = after.get(chunk.len() + 2..).unwrap_or_default();
    }
    (body, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wanted: Option<(u16, &str, bool)>) {
        let wanted = wanted.map(|(code, body, whole)| Response {
            code,
            body: body.into(),
            whole,
        });
        assert_eq!(read(text.as_bytes(), false).unwrap(), wanted, "{text}");
    }

    #[test]
    fn an_answer_is_read_as_far_as_it_has_come() {
        check("", None);
        check("HTTP/1.1 200 OK\r\nA: b\r\n", None);
        check("HTTP/1.0 404 No\r\n\r\nx", Some((404, "x", false)));
        check("HTTP/1.1 100 Continue\r\n\r\n", None);
        check(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 x\r\n\r\n",
            Some((204, "", true)),
        );
        let length = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
        check(&format!("{length}ab"), Some((200, "ab", false)));
        check(&format!("{length}abcd"), Some((200, "abc", true)));
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n";
        check(
            &format!("{chunked}2\r\nab\r\n3\r\ncd"),
            Some((200, "abcd", false)),
        );
        check(
            &format!("{chunked}2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"),
            Some((200, "abc", true)),
        );
        assert!(read(b"SSH-2.0-x\r\n", false).is_err());
    }
}
