//! The text of a file.

/// Decodes a file, or says in which line it is wrong and why.
pub(super) fn decoded(bytes: Vec<u8>) -> Result<String, (usize, &'static str)> {
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let before = error.as_bytes().iter().take(valid);
        let line = 1 + before.filter(|byte| **byte == b'\n').count();
        (line, "it is not UTF-8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_utf8_is_found() {
        assert_eq!(decoded("ä\n".into()), Ok("ä\n".into()));
        let wrong = b"SELECT 1;\n\nSELECT '\xe9';\n".to_vec();
        assert_eq!(decoded(wrong), Err((3, "it is not UTF-8")));
    }
}
