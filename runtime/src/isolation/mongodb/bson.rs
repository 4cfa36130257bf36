//! As much of BSON (<https://bsonspec.org/spec.html>) as our commands and their answers need. The crate `bson` has some thirty dependencies.
//!
//! Documents are JSON, and binary data is what MongoDB's Extended JSON makes of it: `{"$binary": {"base64": "…", "subType": "00"}}`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

/// Documents are not nested deeper: MongoDB allows 180 levels in commands, and 100 in data.
const DEEPEST: usize = 200;

/// What is not text, as a value.
pub(super) fn binary(bytes: &[u8]) -> Value {
    json!({ "$binary": { "base64": BASE64.encode(bytes), "subType": "00" } })
}

/// What a value holds that is not text.
pub(super) fn bytes(value: &Value) -> Option<Vec<u8>> {
    BASE64
        .decode(value.pointer("/$binary/base64")?.as_str()?)
        .ok()
}

/// The bytes of a document with these fields, in this order: the first of a command is its name.
pub(super) fn encode<'a>(fields: impl IntoIterator<Item = (&'a str, &'a Value)>) -> Vec<u8> {
    let mut document = vec![0; 4];
    for (name, value) in fields {
        let (kind, body) = element(value);
        document.push(kind);
        document.extend(name.as_bytes());
        document.push(0);
        document.extend(body);
    }
    document.push(0);
    let length = length(document.len());
    document.splice(..4, length);
    document
}

fn element(value: &Value) -> (u8, Vec<u8>) {
    match value {
        Value::Null => (0x0a, Vec::new()),
        Value::Bool(whether) => (0x08, vec![u8::from(*whether)]),
        Value::Number(number) => {
            let small = number.as_i64().map(i32::try_from);
            match (small, number.as_i64()) {
                (Some(Ok(small)), _) => (0x10, small.to_le_bytes().into()),
                (_, Some(large)) => (0x12, large.to_le_bytes().into()),
                _ => {
                    let number = number.as_f64().unwrap_or_default();
                    (0x01, number.to_le_bytes().into())
                }
            }
        }
        Value::String(text) => {
            let text = text.as_bytes();
            (0x02, [&length(text.len() + 1)[..], text, &[0]].concat())
        }
        Value::Array(items) => {
            let names: Vec<_> = (0..items.len()).map(|place| place.to_string()).collect();
            (0x04, encode(names.iter().map(String::as_str).zip(items)))
        }
        Value::Object(fields) => match bytes(value) {
            Some(bytes) => (0x05, [&length(bytes.len())[..], &[0], &bytes].concat()),
            None => {
                let fields = fields.iter().map(|(name, value)| (name.as_str(), value));
                (0x03, encode(fields))
            }
        },
    }
}

/// Nothing that is sent is longer than its number can be.
fn length(length: usize) -> [u8; 4] {
    i32::try_from(length).unwrap_or(i32::MAX).to_le_bytes()
}

/// The document that these bytes are. Identifiers, which nothing is done with, become null, and points in time numbers.
pub(super) fn decode(bytes: &[u8]) -> Option<Value> {
    let mut rest = bytes;
    let document = document(&mut rest, DEEPEST)?;
    let fields = document.into_iter().collect::<Map<_, _>>();
    rest.is_empty().then_some(Value::Object(fields))
}

fn document(rest: &mut &[u8], depth: usize) -> Option<Vec<(String, Value)>> {
    let length = usize::try_from(number(rest)?).ok()?;
    let (end, mut fields) = take(rest, length.checked_sub(4)?)?.split_last()?;
    let mut document = Vec::new();
    while let Some((kind, after)) = fields.split_first() {
        fields = after;
        let name = fields.iter().position(|byte| *byte == 0)?;
        let name = String::from_utf8(take(&mut fields, name)?.to_vec()).ok()?;
        take(&mut fields, 1)?;
        document.push((name, value(*kind, &mut fields, depth.checked_sub(1)?)?));
    }
    (*end == 0).then_some(document)
}

fn value(kind: u8, rest: &mut &[u8], depth: usize) -> Option<Value> {
    let eight = |rest: &mut &[u8]| <[u8; 8]>::try_from(take(rest, 8)?).ok();
    Some(match kind {
        0x01 => f64::from_le_bytes(eight(rest)?).into(),
        0x02 => {
            let length = usize::try_from(number(rest)?).ok()?;
            let (0, text) = take(rest, length)?
                .split_last()
                .map(|(end, it)| (*end, it))?
            else {
                return None;
            };
            String::from_utf8_lossy(text).into()
        }
        0x03 => Value::Object(document(rest, depth)?.into_iter().collect()),
        0x04 => {
            let items = document(rest, depth)?.into_iter();
            items.map(|(_, item)| item).collect()
        }
        0x05 => {
            let length = usize::try_from(number(rest)?).ok()?;
            take(rest, 1)?;
            binary(take(rest, length)?)
        }
        0x07 => take(rest, 12).map(|_| Value::Null)?,
        0x08 => (take(rest, 1)? != [0]).into(),
        // A date, a timestamp, and a number.
        0x09 | 0x11 | 0x12 => i64::from_le_bytes(eight(rest)?).into(),
        0x0a => Value::Null,
        0x10 => number(rest)?.into(),
        _ => return None,
    })
}

fn number(rest: &mut &[u8]) -> Option<i32> {
    take(rest, 4)?.try_into().ok().map(i32::from_le_bytes)
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the specification.
    #[test]
    fn documents_are_what_the_specification_says() {
        let hello = json!("world");
        let bytes = b"\x16\0\0\0\x02hello\0\x06\0\0\0world\0\0";
        assert_eq!(encode([("hello", &hello)]), bytes);
        assert_eq!(decode(bytes), Some(json!({ "hello": "world" })));
        let list = json!(["awesome", 5.05, 1986]);
        let bytes = b"\x31\0\0\0\x04BSON\0\x26\0\0\0\x02\x30\0\x08\0\0\0awesome\0\x01\x31\0\x33\x33\x33\x33\x33\x33\x14\x40\x10\x32\0\xc2\x07\0\0\0\0";
        assert_eq!(encode([("BSON", &list)]), bytes);
        assert_eq!(decode(bytes), Some(json!({ "BSON": list })));
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        let all = json!({
            "none": null, "yes": true, "no": false, "small": -5, "large": 1_i64 << 40, "half": 0.5, "text": "ä",
            "list": [1, "a", []], "document": { "a": {} }, "binary": binary(b"\0\xff"),
        });
        let document = encode([("all", &all)]);
        assert_eq!(decode(&document), Some(json!({ "all": all })));
        assert_eq!(bytes(&all["binary"]), Some(vec![0, 0xff]));
    }

    #[test]
    fn what_answers_hold_beside_it_is_passed_over() {
        let id = [&b"\x07id\0"[..], &[7; 12]].concat();
        let time = [&b"\x09at\0"[..], &5_i64.to_le_bytes()].concat();
        let stamp = [&b"\x11op\0"[..], &6_i64.to_le_bytes()].concat();
        let body = [id, time, stamp].concat();
        let length = i32::try_from(body.len() + 5).unwrap().to_le_bytes();
        let document = [&length[..], &body, &[0]].concat();
        let wanted = json!({ "id": null, "at": 5, "op": 6 });
        assert_eq!(decode(&document), Some(wanted));
    }

    #[test]
    fn nonsense_is_none() {
        let good = b"\x16\0\0\0\x02hello\0\x06\0\0\0world\0\0";
        for wrong in [
            &good[..21],
            b"",
            b"\x04\0\0\0",
            b"\xff\xff\xff\xff\0",
            b"\x05\0\0\0\x01",
            b"\x05\0\0\0\0\0",
            b"\x08\0\0\0\x7ea\0\0",
            b"\x16\0\0\0\x02hello\0\x06\0\0\0world!\0",
            b"\x16\0\0\0\x02hello\0\xff\0\0\0world\0\0",
        ] {
            assert_eq!(decode(wrong), None, "{wrong:?}");
        }
        let nested = |depth| (0..depth).fold(json!(1), |inner, _| json!([inner]));
        assert!(decode(&encode([("a", &nested(DEEPEST - 1))])).is_some());
        assert!(decode(&encode([("a", &nested(DEEPEST))])).is_none());
    }
}
