//! The text of a file, which need not be all text.

use std::borrow::Cow;

use super::dialect::Dialect;

/// The characters that stand for bytes that are not UTF-8: this, and the byte more. No text has them, since they are at the end of the last
/// private area. Dumps of MySQL contain the bytes of binary columns and of columns in other character sets as they are.
const RAW: u32 = 0x10_ff00;

/// The first byte of these characters in UTF-8.
const FIRST: u8 = 0xf4;

/// How files begin that are no scripts, and what to do with them.
const BINARY: &[(&[u8], &str)] = &[
    (
        b"PGDMP",
        "it is an archive of pg_dump, not a script; convert it with `pg_restore --file=FILE.sql`",
    ),
    (b"\x1f\x8b", "it is compressed; unpack it with `gunzip`"),
    (
        b"\x28\xb5\x2f\xfd",
        "it is compressed; unpack it with `unzstd`",
    ),
    (b"\xff\xfe", UTF_16),
    (b"\xfe\xff", UTF_16),
];

const UTF_16: &str = "it is UTF-16, not UTF-8; convert it, or have the dump written to a file by its program, since PowerShell's `>` recodes";

/// Decodes a file, or says in which line it is wrong and why.
pub(super) fn decoded(bytes: Vec<u8>, dialect: Dialect) -> Result<String, (usize, &'static str)> {
    if let Some((_, reason)) = BINARY.iter().find(|(start, _)| bytes.starts_with(start)) {
        return Err((1, reason));
    }
    let is_ambiguous = dialect == Dialect::Mysql && bytes.contains(&FIRST);
    match String::from_utf8(bytes) {
        Ok(text) if is_ambiguous && text.chars().any(is_raw) => Ok(escaped(text.as_bytes())),
        Ok(text) => Ok(text),
        Err(error) if dialect == Dialect::Mysql => Ok(escaped(error.as_bytes())),
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let before = error.as_bytes().iter().take(valid);
            let line = 1 + before.filter(|byte| **byte == b'\n').count();
            Err((
                line,
                "it is not UTF-8; convert it, e.g. with `iconv -f LATIN1 -t UTF-8`",
            ))
        }
    }
}

/// The bytes of a file that a text stands for.
pub(crate) fn encoded(text: &str) -> Cow<'_, [u8]> {
    if !text.as_bytes().contains(&FIRST) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match is_raw(letter) {
            // All but the lowest byte are the same for all.
            true => bytes.extend(u32::from(letter).to_le_bytes().first()),
            false => bytes.extend(letter.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Cow::Owned(bytes)
}

fn is_raw(letter: char) -> bool {
    u32::from(letter) >= RAW + 0x80
}

fn escaped(bytes: &[u8]) -> String {
    let raw = |byte: &u8| char::from_u32(RAW + u32::from(*byte)).unwrap_or_default();
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        for letter in chunk.valid().chars() {
            match is_raw(letter) {
                true => text.extend(letter.encode_utf8(&mut [0; 4]).as_bytes().iter().map(raw)),
                false => text.push(letter),
            }
        }
        text.extend(chunk.invalid().iter().map(raw));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf8_is_found() {
        let decoded = |bytes| decoded(bytes, Dialect::Postgres);
        assert_eq!(decoded("ä\n".into()), Ok("ä\n".into()));
        let wrong = b"SELECT 1;\n\nSELECT '\xe9';\n".to_vec();
        let (line, reason) = decoded(wrong).unwrap_err();
        assert!(line == 3 && reason.starts_with("it is not UTF-8; convert it"));
        for (start, wanted) in [
            (&b"\xff\xfea\0"[..], "it is UTF-16"),
            (b"PGDMP\x01", "pg_restore --file"),
            (b"\x1f\x8b\x08", "gunzip"),
        ] {
            let (line, reason) = decoded(start.to_vec()).unwrap_err();
            assert!(line == 1 && reason.contains(wanted), "{reason}");
        }
    }

    #[test]
    fn bytes_of_dumps_stay_what_they_are() {
        for bytes in [
            &b"plain"[..],
            "ä \u{1f980} \u{fffd}".as_bytes(),
            b"'\xe9' \xf4 \xff\x00\x80",
            "\u{10ff80}\u{10ffff}\u{10ff00}".as_bytes(),
        ] {
            let text = decoded(bytes.to_vec(), Dialect::Mysql).unwrap();
            assert_eq!(encoded(&text).as_ref(), bytes);
        }
    }
}
