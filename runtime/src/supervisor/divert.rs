//! Turning a copy of the test binary into the supervisor, before its `main`.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, parent_id};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde::{Deserialize, Serialize};

use super::server;
use crate::error::Cause;
use crate::process::Identity;

/// The variable that tells a copy of the test binary what to do.
const VARIABLE: &str = "FIXTURED_SUPERVISOR";

/// What the supervisor says when it answers requests.
const READY: &str = "ready";

/// What a supervisor is told.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Assignment {
    /// The session's directory, which is there.
    pub(super) session: PathBuf,
    /// The process whose end is the end of the session.
    pub(super) runner: Identity,
    /// Where data goes, if the user has said.
    pub(super) data: Option<PathBuf>,
}

static PARENT: AtomicU32 = AtomicU32::new(0);

/// The parent that this process had when it started.
pub(crate) fn parent_at_start() -> u32 {
    PARENT.load(Ordering::Relaxed)
}

ctor::declarative::ctor! {
    #[ctor(unsafe)]
    fn divert() {
        PARENT.store(parent_id(), Ordering::Relaxed);
        let Some(text) = std::env::var_os(VARIABLE) else { return };
        let Ok(assignment) = serde_json::from_slice(text.as_encoded_bytes()) else { return };
        server::main(assignment);
    }
}

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
    if let Ok(null) = std::fs::File::options().write(true).open("/dev/null") {
        let _ = nix::unistd::dup2_stdout(null);
    }
}

/// Starts a supervisor and waits until it answers requests.
pub(super) fn start(assignment: &Assignment) -> Result<(), Cause> {
    let failed = |reason: &dyn std::fmt::Display| {
        Cause::io("start the supervisor (this program, run again)", reason)
    };
    let text = serde_json::to_string(assignment).map_err(|error| failed(&error))?;
    let mut command = Command::new("/proc/self/exe");
    command.arg0("fixtured-supervisor").env(VARIABLE, text);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut first = command.spawn().map_err(|error| failed(&error))?;
    let mut said = String::new();
    if let Some(mut stdout) = first.stdout.take() {
        stdout
            .read_to_string(&mut said)
            .map_err(|error| failed(&error))?;
    }
    // The process that was spawned only starts the real one, which so is no child of this process, and ends.
    let _ = first.wait();
    match said.as_str() {
        READY => Ok(()),
        "" => Err(failed(&"it ended without a word")),
        said => Err(serde_json::from_str(said).unwrap_or_else(|_| failed(&said))),
    }
}
