//! The end of a log, as a message shows it.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::more_like_it;

/// How many lines of a log a message shows, and how many bytes.
const LINES: usize = 30;
const BYTES: usize = 16 << 10;

/// How much of its end is read for them.
const READ: u64 = 256 << 10;

/// Of lines that differ only in the numbers in them, so many are shown.
const ALIKE: usize = 3;

/// The last lines of a file, of those after a position.
///
/// A server that is asked again and again whether it is ready may log that each time, and so push out why it is not. Where not everything
/// can be shown, only the last few are shown of the lines that differ in nothing but numbers, with how many there are more.
pub(crate) fn last_lines(path: &Path, from: u64) -> Vec<String> {
    let bytes = read_end(path, from).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<_> = text
        .lines()
        .map(str::trim_end)
        .filter(|line| !line.is_empty())
        .collect();
    let lines = match lines.len() > LINES || text.len() > BYTES {
        true => the_last_alike(&lines),
        false => lines.iter().map(ToString::to_string).collect(),
    };
    let (mut left, mut shown) = (BYTES, Vec::new());
    for mut line in lines.into_iter().rev().take(LINES) {
        if line.len() > left {
            // Of a line that is too long the end is shown, as of the log.
            let from = line.len() - left;
            let cut = (from..).find(|at| line.is_char_boundary(*at));
            let cut = cut.unwrap_or(line.len());
            line.drain(..cut);
        }
        left -= line.len();
        shown.push(line);
        if left == 0 {
            break;
        }
    }
    shown.reverse();
    shown
}

fn read_end(path: &Path, from: u64) -> io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let end = file.metadata()?.len();
    file.seek(SeekFrom::Start(from.max(end.saturating_sub(READ))))?;
    let mut bytes = Vec::new();
    file.take(READ).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The lines, but of those that are alike only the last few.
fn the_last_alike(lines: &[&str]) -> Vec<String> {
    let mut seen = HashMap::new();
    let mut shown = Vec::new();
    // From the end, since the last ones are wanted.
    for line in lines.iter().rev() {
        let seen = seen.entry(without_numbers(line)).or_insert((0, None));
        seen.0 += 1;
        if seen.0 <= ALIKE {
            seen.1 = Some(shown.len());
            shown.push((*line).to_owned());
        }
    }
    for (count, first) in seen.into_values() {
        let first = first.and_then(|first| shown.get_mut(first));
        if let (true, Some(first)) = (count > ALIKE, first) {
            *first += &more_like_it(count - ALIKE);
        }
    }
    shown.reverse();
    shown
}

/// A line with every number in it made the same.
fn without_numbers(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for letter in line.chars() {
        match letter.is_ascii_digit() {
            true if text.ends_with('0') => {}
            true => text.push('0'),
            false => text.push(letter),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn check(name: &str, text: &str, wanted: &[&str]) {
        let path =
            std::env::temp_dir().join(format!("fixtured-tail-{name}-{}", std::process::id()));
        fs::write(&path, text).unwrap();
        assert_eq!(last_lines(&path, 0), wanted);
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn what_fits_is_shown_as_it_is() {
        check("fits", &"again\n".repeat(30), &["again"; 30]);
    }

    #[test]
    fn lines_that_come_often_do_not_push_out_the_others() {
        let mut text = String::from("cannot reach the database\n\nretrying\n");
        for second in 0..500 {
            text += &format!("127.0.0.1 [{second:02}] \"HEAD / HTTP/1.1\" 503 -\n");
        }
        text += "still waiting\n";
        let wanted = [
            "cannot reach the database",
            "retrying",
            "127.0.0.1 [497] \"HEAD / HTTP/1.1\" 503 - (and 497 more lines like this one)",
            "127.0.0.1 [498] \"HEAD / HTTP/1.1\" 503 -",
            "127.0.0.1 [499] \"HEAD / HTTP/1.1\" 503 -",
            "still waiting",
        ];
        check("often", &text, &wanted);
    }

    #[test]
    fn of_many_the_last_are_shown() {
        let word = |at: u32| format!("line {}", char::from_u32(0x3b1 + at).unwrap());
        let lines: Vec<_> = (0..40).map(word).collect();
        let last: Vec<_> = lines[10..].iter().map(String::as_str).collect();
        check("many", &lines.join("\n"), &last);
    }

    #[test]
    fn of_a_long_line_the_end_is_shown() {
        let text = "é".repeat(BYTES) + "end";
        let end = "é".repeat(BYTES / 2 - 2) + "end";
        check("long", &text, &[&end]);
    }
}
