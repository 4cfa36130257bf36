//! Checks of texts that a server or its configuration cannot hold, however they are quoted.

/// What is wrong with the value of this option, if it is not one line: the configuration has no way to write that.
pub(super) fn one_line(option: &str, value: &str) -> Option<String> {
    let problem = "contains a line break or a NUL byte, which the configuration cannot hold";
    let is_wrong = value.contains(['\n', '\r', '\0']);
    is_wrong.then(|| format!("`{option}` {problem}"))
}

/// What is wrong with the value of this option, if it contains a NUL byte: programs in C, and the system, end a text there.
pub(super) fn without_nul(option: &str, value: &str) -> Option<String> {
    let problem = "contains a NUL byte, where a text ends for the server";
    let is_wrong = value.contains('\0');
    is_wrong.then(|| format!("`{option}` {problem}"))
}
