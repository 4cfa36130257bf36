//! Names that begin with a number: `1_users.sql`.

use super::odd::Odd;
use super::source::Source;

/// Whether a name consists of a number, an underscore and more.
pub(super) fn is_numbered(name: &str) -> bool {
    let parts = name.split_once('_').filter(|(_, rest)| *rest != ".sql");
    parts.is_some_and(|(number, _)| is_number(number))
}

/// Whether a text consists of digits.
pub(super) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that the name of a file begins with.
pub(super) fn version(source: &Source) -> Result<i64, Odd> {
    let digits = source.base().split('_').next().unwrap_or_default();
    digits.parse().map_err(|_| {
        let reason = format!("the version `{digits}` is not a number of at most 64 bits");
        Odd::new(&source.name, reason)
    })
}
