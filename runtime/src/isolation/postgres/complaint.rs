//! What a PostgreSQL server says of an error.

use crate::error::{Label, Remark};
use crate::isolation::problem::{Kind, Problem};

/// The file system of the server's data is full.
const DISK_FULL: &str = "53100";

/// The code of an error: all connections that the server allows are open.
const TOO_MANY: &str = "53300";

/// The code of an error: the rules for clients do not allow this connection.
pub(super) const NOT_ALLOWED: &str = "28000";

/// What the message about a connection that is not allowed says of one without TLS, since version 14 and before.
const UNENCRYPTED: [&str; 2] = ["no encryption", "SSL off"];

/// What to do if the server wants TLS.
const ENCRYPT: &str = match cfg!(feature = "tls") {
    true => "set `sslmode=require` in the server's URL if the server accepts only TLS",
    false => "enable the feature `tls` of `fixtured` if the server accepts only TLS",
};

/// Reads an error, before which this many statements had been done
/// (<https://www.postgresql.org/docs/current/protocol-error-fields.html>).
pub(super) fn read(body: &[u8], done: usize) -> Problem {
    let fields: Vec<_> = body
        .split(|byte| *byte == 0)
        .filter_map(|field| field.split_first())
        .collect();
    let field = |kind: u8| {
        let found = fields.iter().find(|(first, _)| **first == kind);
        found.map(|(_, text)| String::from_utf8_lossy(text).into_owned())
    };
    let [severity, code, message] = [b'S', b'C', b'M'].map(|kind| field(kind).unwrap_or_default());
    let text = format!("{severity} {code}: {message}");
    let advice = match &*code {
        TOO_MANY => Some("set `max_connections` higher, or have tests open fewer connections"),
        NOT_ALLOWED if UNENCRYPTED.iter().any(|words| message.contains(words)) => Some(ENCRYPT),
        _ => None,
    };
    // The message may be in another language.
    let kind = match &*code {
        DISK_FULL => Kind::Full,
        _ => Kind::Refused(code),
    };
    let labels = [
        (b'D', Label::Detail),
        (b'H', Label::Hint),
        (b'W', Label::Context),
    ];
    let remarks = labels.into_iter();
    let remarks = remarks.filter_map(|(kind, label)| {
        Some(Remark {
            label,
            text: field(kind)?,
        })
    });
    let advice = advice.map(|text| Remark {
        label: Label::ToDo,
        text: text.into(),
    });
    Problem {
        done,
        position: field(b'P').and_then(|number| number.parse().ok()),
        remarks: remarks.chain(advice).collect(),
        ..Problem::new(kind, text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_by_field() {
        let found = read(b"SFATAL\0C57P03\0Mstarting up\0Dno\0P12\0Wa\nb\0\0", 2);
        let remark = |label, text: &str| Remark {
            label,
            text: text.into(),
        };
        let wanted = Problem {
            done: 2,
            position: Some(12),
            remarks: vec![remark(Label::Detail, "no"), remark(Label::Context, "a\nb")],
            ..Problem::new(Kind::Refused("57P03".into()), "FATAL 57P03: starting up")
        };
        assert_eq!(found, wanted);
    }
}
