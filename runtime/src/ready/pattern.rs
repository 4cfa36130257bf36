//! Regular expressions over what servers say.

use std::collections::VecDeque;
use std::sync::Mutex;

use crate::lock::lock;

use regex::bytes::{Regex, RegexBuilder};

/// How many are remembered.
const MOST: usize = 64;

/// Those that were made last, with what they are made of.
static KNOWN: Mutex<VecDeque<(String, bool, Regex)>> = Mutex::new(VecDeque::new());

/// A regular expression. Making one takes milliseconds without optimisation, and each start of a daemon needs its own more than once; so
/// they are remembered.
///
/// Without `unicode`, classes such as `\d` are those of ASCII, and `.` is any byte.
pub(super) fn pattern(text: &str, unicode: bool) -> Result<Regex, String> {
    let mut known = lock(&KNOWN);
    let found = known.iter().find(|it| it.0 == text && it.1 == unicode);
    if let Some((.., regex)) = found {
        return Ok(regex.clone());
    }
    let made = RegexBuilder::new(text).unicode(unicode).build();
    let regex = made.map_err(|error| error.to_string())?;
    known.push_front((text.into(), unicode, regex.clone()));
    known.truncate(MOST);
    Ok(regex)
}
