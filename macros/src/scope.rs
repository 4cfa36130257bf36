//! The key `scope` of every attribute: which tests share the daemon.

use syn::{Error, LitStr, Result};

use crate::setting::{Setting, take};

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Scope {
    Session,
    Test,
}

impl Scope {
    /// Takes the key out of the settings.
    pub(crate) fn take(settings: &mut Vec<Setting>) -> Result<Option<Self>> {
        let Some(Setting { key, argument }) = take(settings, "scope")? else {
            return Ok(None);
        };
        let Ok(literal) = syn::parse2::<LitStr>(argument) else {
            let message = format!("`scope` must be a string: {SCOPES}");
            return Err(Error::new(key.span(), message));
        };
        match &*literal.value() {
            "session" => Ok(Some(Self::Session)),
            "test" => Ok(Some(Self::Test)),
            other => {
                let message = format!("unknown scope `{other}`: {SCOPES}");
                Err(Error::new(literal.span(), message))
            }
        }
    }
}

const SCOPES: &str = "write `scope = \"session\"` (shared by the test run) or `scope = \"test\"` \
                      (a dedicated server)";

#[cfg(test)]
mod tests {
    use super::*;

    fn check(settings: &[&str], expected: &str) {
        let mut settings = settings
            .iter()
            .map(|setting| syn::parse_str(setting).unwrap())
            .collect();
        let found = match Scope::take(&mut settings) {
            Ok(scope) => format!("{scope:?}, {} left", settings.len()),
            Err(error) => error.to_string(),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn it_is_taken_out() {
        check(&["port = 1"], "None, 1 left");
        check(&["port = 1", "scope = \"test\""], "Some(Test), 1 left");
        check(&["scope = \"session\""], "Some(Session), 0 left");
    }

    #[test]
    fn scopes_are_two() {
        check(
            &["scope = \"tets\""],
            &format!("unknown scope `tets`: {SCOPES}"),
        );
        check(
            &["scope = Test"],
            &format!("`scope` must be a string: {SCOPES}"),
        );
        check(
            &["scope = \"test\"", "scope = \"test\""],
            "duplicate `scope`: remove one of them",
        );
    }
}
