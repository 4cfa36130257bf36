//! Running this program again, as the supervisor.

use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{ChildStdout, Command, Stdio};
use std::time::Duration;

use super::announcement::{Said, understand};
use super::assignment::{Assignment, VARIABLE};
use super::origin;
use crate::deadline::Deadline;
use crate::error::{Cause, limits};
use crate::process::{Interest, wait, with_limit};

/// How long a supervisor may take until it answers requests: it has little to do, but the machine may be busy.
pub(super) const START: Duration = Duration::from_secs(20);

/// Arguments that no test harness acts on: a copy that is not diverted finds no such test, and ends. It would run the tests again.
const ARGUMENTS: [&str; 2] = ["--exact", "fixtured::supervisor"];

/// Starts a supervisor and waits until it answers requests.
pub(super) fn start(assignment: &Assignment) -> Result<(), Cause> {
    if !origin::is_noted() {
        return Err(failed(UNNOTED));
    }
    let text = assignment.to_text().map_err(failed)?;
    let mut command = Command::new("/proc/self/exe");
    command
        .arg0("fixtured-supervisor")
        .args(ARGUMENTS)
        .env(VARIABLE, text);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let mut first = command.spawn().map_err(|error| failed(with_limit(error)))?;
    let said = first
        .stdout
        .take()
        .map(|stdout| hear(stdout, Deadline::after(START)));
    // The spawned process only starts the real one, which is therefore not a child of this process, and exits. One that keeps running is not
    // ours.
    let _ = first.kill();
    let _ = first.wait();
    let said = said.transpose().map_err(failed)?.unwrap_or_default();
    understand(&said).map_err(|said| match said {
        Said::Failed(cause) => cause,
        Said::Other("") => failed(format!("it exited without output{}", limits())),
        Said::Other(said) => {
            let first = said.lines().find(|line| !line.trim().is_empty());
            let first = first.unwrap_or_default();
            failed(format!("{UNDIVERTED}: it printed `{first}`"))
        }
    })
}

const UNNOTED: &str = "the static initialiser of the crate `fixtured` has not run in this process, and so would not turn a copy of it \
                       into the supervisor\n  to do:   link this program so that static initialisers run before `main` (on Linux, those in `.init_array`)";

const UNDIVERTED: &str =
    "the static initialiser of the crate `fixtured` did not turn the copy into the supervisor";

fn failed(reason: impl std::fmt::Display + 'static) -> Cause {
    Cause::io("start the supervisor (this program, run again)", reason)
}

/// All that is said until the other side lets go.
fn hear(mut from: ChildStdout, until: Deadline) -> std::io::Result<String> {
    let (mut said, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        if wait(&[Interest::readable(from.as_fd())], until)? != [true] {
            let waited = format!("it did not answer within {START:?}");
            return Err(std::io::Error::other(waited));
        }
        match from.read(&mut piece)? {
            0 => return Ok(String::from_utf8_lossy(&said).into_owned()),
            read => said.extend(piece.get(..read).unwrap_or_default()),
        }
    }
}
