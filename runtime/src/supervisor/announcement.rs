//! The one message that a new supervisor sends to the process that started it.

use std::io::Write;

use crate::error::Cause;

/// What it says when it answers requests.
const READY: &str = "ready";

/// Says through standard output that the supervisor answers requests, or why it cannot, and lets go of it.
pub(super) fn announce(result: Result<(), &Cause>) {
    let text = result.map_or_else(
        |cause| serde_json::to_string(cause).unwrap_or_default(),
        |()| READY.into(),
    );
    let mut stdout = std::io::stdout();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
    // Standard error leads nowhere already; for one more file there may be no descriptor left.
    let _ = nix::unistd::dup2_stdout(std::io::stderr());
}

/// What the words mean that a copy of this program has said before it let go of its standard output.
pub(super) fn understand(said: &str) -> Result<(), Said<'_>> {
    match said {
        READY => Ok(()),
        said => Err(serde_json::from_str(said).map_or(Said::Other(said), Said::Failed)),
    }
}

/// What it said if it does not answer requests.
#[derive(Debug, PartialEq)]
pub(super) enum Said<'a> {
    Failed(Cause),
    /// It is not a supervisor, or it exited before it could send anything.
    Other(&'a str),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_understood() {
        assert_eq!(understand("ready"), Ok(()));
        let cause = Cause::io("lock the session", "no");
        let text = serde_json::to_string(&cause).unwrap();
        assert_eq!(understand(&text), Err(Said::Failed(cause)));
        assert_eq!(understand(""), Err(Said::Other("")));
        let tests = "\nrunning 0 tests\n";
        assert_eq!(understand(tests), Err(Said::Other(tests)));
    }
}
