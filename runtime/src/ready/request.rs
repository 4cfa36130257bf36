//! A request of HTTP.

use http::{HeaderName, HeaderValue, Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::Invalid;
use crate::launch::HttpProbe;

/// A request as it is sent, and where to.
pub(super) struct Request {
    pub(super) bytes: Vec<u8>,
    /// Whether the answer has no body, whatever it says.
    pub(super) no_body: bool,
}

impl Request {
    /// A URL that is not plain HTTP with a host is an error, and so is what a request cannot hold.
    pub(super) fn new(probe: &HttpProbe) -> Result<Self, String> {
        let url = &probe.url;
        if url.is_empty() {
            return Err(Invalid::EmptyUrl.into());
        }
        let uri: Uri = url
            .parse()
            .map_err(|error| String::from(Invalid::Url(url, &error)))?;
        if uri.scheme_str() != Some("http") || uri.host().is_none_or(str::is_empty) {
            return Err(Invalid::NotHttp(url).into());
        }
        let method = Method::from_bytes(probe.method.as_bytes())
            .map_err(|_| Invalid::Method(&probe.method))?;
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let (credentials, host) = match authority.rsplit_once('@') {
            Some((credentials, host)) => (Some(credentials), host),
            None => (None, authority),
        };
        let path = uri.path_and_query().map_or("", |path| path.as_str());
        let slash = if path.starts_with('/') { "" } else { "/" };
        let mut headers: Vec<(String, String)> = Vec::new();
        for (name, value) in &probe.headers {
            HeaderName::from_bytes(name.as_bytes()).map_err(|_| Invalid::HeaderName(name))?;
            HeaderValue::from_str(value).map_err(|_| Invalid::HeaderValue(name))?;
            headers.push((name.clone(), value.clone()));
        }
        let body = form(&probe.payload);
        let mut usual = vec![
            ("Host", host.to_owned()),
            ("User-Agent", "fixtured".to_owned()),
            ("Accept", "*/*".to_owned()),
            // An answer that does not say how long it is ends with the connection.
            ("Connection", "close".to_owned()),
        ];
        usual.extend(credentials.map(|text| ("Authorization", basic(text))));
        if !body.is_empty() {
            usual.push((
                "Content-Type",
                "application/x-www-form-urlencoded".to_owned(),
            ));
        }
        if !body.is_empty() || [Method::POST, Method::PUT, Method::PATCH].contains(&method) {
            usual.push(("Content-Length", body.len().to_string()));
        }
        for (name, value) in usual {
            if !headers
                .iter()
                .any(|(given, _)| given.eq_ignore_ascii_case(name))
            {
                headers.push((name.into(), value));
            }
        }
        let lines = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        let head = format!(
            "{method} {slash}{path} HTTP/1.1\r\n{}\r\n",
            lines.collect::<String>()
        );
        Ok(Self {
            bytes: (head + &body).into(),
            no_body: method == Method::HEAD,
        })
    }
}

/// The fields of a form.
fn form(fields: &[(String, String)]) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    fields.collect::<Vec<_>>().join("&")
}

/// The `Authorization` header for the `user:password` of a URL.
fn basic(credentials: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (user, password) = credentials.split_once(':').unwrap_or((credentials, ""));
    let [user, password] =
        [user, password].map(|text| percent_decode_str(text).collect::<Vec<u8>>());
    let bytes = [user, b":".to_vec(), password].concat();
    let mut text = String::from("Basic ");
    for three in bytes.chunks(3) {
        let number = (0..3).fold(0_usize, |number, at| {
            number << 8 | usize::from(three.get(at).copied().unwrap_or(0))
        });
        for digit in 0..4 {
            let found = DIGITS.get(number >> (18 - 6 * digit) & 63);
            let found = found.filter(|_| digit <= three.len());
            text.push(found.map_or('=', |byte| char::from(*byte)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_the_url_are_shown_as_a_browser_does() {
        for (credentials, wanted) in [
            (
                "Aladdin:open%20sesame",
                "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
            ),
            ("a:b", "Basic YTpi"),
            ("ab:", "Basic YWI6"),
            ("a", "Basic YTo="),
        ] {
            assert_eq!(basic(credentials), wanted);
        }
    }

    #[test]
    fn what_the_user_gives_takes_the_place_of_the_usual() {
        let mut probe = HttpProbe::new("http://me:pw@localhost:80?x");
        probe.headers.push(("hOST".into(), "other".into()));
        let bytes = Request::new(&probe).unwrap().bytes;
        let text = String::from_utf8(bytes).unwrap();
        assert!(
            text.starts_with("HEAD /?x HTTP/1.1\r\nhOST: other\r\n"),
            "{text}"
        );
        assert!(!text.contains("localhost") && text.contains("Authorization: Basic bWU6cHc=\r\n"));
    }

    #[test]
    fn what_would_be_more_than_one_header_is_refused() {
        let mut probe = HttpProbe::new("http://localhost/");
        probe.headers.push(("A".into(), "b\r\nC: d".into()));
        assert!(Request::new(&probe).is_err());
        probe.headers.clear();
        probe.method = "GET /x".into();
        assert!(Request::new(&probe).is_err());
    }
}
