//! The packets of MySQL's protocol.

use crate::isolation::patience::Patience;
use crate::isolation::problem::{Kind, Problem};
use crate::isolation::wire::Wire;

/// How long a packet can be; what is longer is sent in several.
const LONGEST: usize = 0xff_ffff;

/// Sends a packet, which is the first (0) or answers another.
pub(super) fn send(
    wire: &mut Wire,
    body: &[u8],
    mut number: u8,
    patience: &Patience<'_>,
) -> Result<(), Problem> {
    // One that is as long as can be is followed by another, even if nothing is left.
    let mut rest = body;
    loop {
        let (part, after) = rest.split_at(rest.len().min(LONGEST));
        let [a, b, c, ..] = part.len().to_le_bytes();
        wire.write(&[&[a, b, c, number], part].concat(), patience)?;
        if part.len() < LONGEST {
            return Ok(());
        }
        number = number.wrapping_add(1);
        rest = after;
    }
}

/// Reads a packet: its number and what is in it. One that is longer than it can be comes from something else than a server.
pub(super) fn read(
    wire: &mut Wire,
    longest: usize,
    patience: &Patience<'_>,
) -> Result<(u8, Vec<u8>), Problem> {
    let mut body = Vec::new();
    loop {
        let mut head = [0; 4];
        wire.read(&mut head, patience)?;
        let [a, b, c, number] = head;
        let length = u32::from_le_bytes([a, b, c, 0]) as usize;
        if body.len() + length > longest {
            return Err(foreign());
        }
        body.extend(wire.take(length, patience)?);
        if length < LONGEST {
            return Ok((number, body));
        }
    }
}

/// What answers is something else.
pub(super) fn foreign() -> Problem {
    let text = "what answers there does not speak the protocol of MySQL";
    Problem::new(Kind::Disconnected, text)
}

/// Takes a number off the front, which is in one byte or in as many as the first one says; `None` stands for SQL's `NULL`.
pub(super) fn number(bytes: &mut &[u8]) -> Option<usize> {
    let first = take(bytes, 1).first().copied()?;
    let length = match first {
        0xfb | 0xff => return None,
        0xfc => 2,
        0xfd => 3,
        0xfe => 8,
        small => return Some(small.into()),
    };
    let number = take(bytes, length).iter().rev();
    Some(number.fold(0, |number, byte| number << 8 | usize::from(*byte)))
}

/// Takes a text off the front; empty for SQL's `NULL`.
pub(super) fn text(bytes: &mut &[u8]) -> String {
    let length = number(bytes).unwrap_or(0);
    String::from_utf8_lossy(take(bytes, length)).into_owned()
}

/// Takes this many bytes off the front, as far as there are so many.
pub(super) fn take<'a>(bytes: &mut &'a [u8], length: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(length.min(bytes.len()));
    *bytes = rest;
    taken
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_long_as_they_need() {
        for (mut bytes, wanted, rest) in [
            (&[7, 9][..], Some(7), 1),
            (&[0xfb, 1], None, 1),
            (&[0xfc, 1, 2], Some(0x201), 0),
            (&[0xfd, 1, 2, 3, 4], Some(0x3_0201), 1),
            (&[0xfe, 1, 0, 0, 0, 0, 0, 0, 0], Some(1), 0),
            (&[], None, 0),
        ] {
            assert_eq!((number(&mut bytes), bytes.len()), (wanted, rest));
        }
        let mut row = &b"\x02ab\xfb\x01c"[..];
        let texts = [(); 3].map(|()| text(&mut row));
        assert_eq!(texts, ["ab", "", "c"]);
    }
}
