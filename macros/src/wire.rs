//! The key `wire` of every attribute: whether there is a wire between test and daemon.

use syn::{Error, LitBool, Result};

use crate::setting::{Setting, take};

/// Takes the key out of the settings.
pub(crate) fn wired(settings: &mut Vec<Setting>) -> Result<bool> {
    let Some(Setting { key, argument }) = take(settings, "wire")? else {
        return Ok(false);
    };
    match syn::parse2::<LitBool>(argument) {
        Ok(literal) => Ok(literal.value),
        Err(_) => {
            let message = "`wire` must be `true` or `false`";
            Err(Error::new(key.span(), message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(settings: &[&str], expected: &str) {
        let mut settings = settings
            .iter()
            .map(|setting| syn::parse_str(setting).unwrap())
            .collect();
        let found = match wired(&mut settings) {
            Ok(wired) => format!("{wired}, {} left", settings.len()),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn it_is_taken_out() {
        check(&["port = 1"], "false, 1 left");
        check(&["port = 1", "wire = true"], "true, 1 left");
        check(&["wire = false"], "false, 0 left");
    }

    #[test]
    fn it_is_there_or_not() {
        check(&["wire = \"200ms\""], "`wire` must be `true` or `false`");
        check(
            &["wire = true", "wire = true"],
            "duplicate `wire`: remove one of them",
        );
    }
}
