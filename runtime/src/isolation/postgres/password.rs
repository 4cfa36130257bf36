//! Passwords of roles. Any user of the machine could connect by TCP, so each needs an unguessable one.

use super::quote::{quoted, text};

/// The statement that gives a role its password.
pub(super) fn statement(role: &str, password: &str) -> String {
    format!("ALTER ROLE {} PASSWORD {}", quoted(role), text(password))
}

/// Has a server of this version keep the passwords that follow in the form that takes the least time to check, since they are long and
/// random; otherwise every connection would take some 5 ms more.
pub(super) fn quick(version: u32) -> &'static str {
    match version {
        16.. => "SET scram_iterations = 1",
        _ => "SET password_encryption = 'md5'",
    }
}
