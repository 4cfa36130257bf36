//! Texts that a place cannot hold, however they are quoted.

/// What is wrong with the value of this option, if it is not one line: a configuration has no way to write that.
pub(super) fn one_line(option: &str, value: &str) -> Option<String> {
    value.contains(['\n', '\r', '\0']).then(|| {
        format!("`{option}` has a line break or a NUL, which the configuration cannot hold")
    })
}

/// What is wrong with the value of this option, if it has a NUL: for programs written in C, and for the system, it ends there.
pub(super) fn without_nul(option: &str, value: &str) -> Option<String> {
    value
        .contains('\0')
        .then(|| format!("`{option}` has a NUL, with which a text ends for the server"))
}
