//! The user name and password in a URL.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

/// A text as a part of a URL.
pub(super) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}

/// `user:password@`, or `user@` without a password.
pub(super) fn login(user: &str, password: Option<&str>) -> String {
    match password {
        Some(password) => format!("{}:{}@", encoded(user), encoded(password)),
        None => format!("{}@", encoded(user)),
    }
}

/// What is wrong with a user name and a password: a name is of no use alone.
pub(super) fn needs_password(
    username: &Option<String>,
    password: &Option<String>,
) -> Option<&'static str> {
    (username.is_some() && password.is_none()).then_some("a `username` needs a `password`")
}
