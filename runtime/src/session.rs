//! The session: which test run this process belongs to.

use std::os::unix::process::parent_id;
use std::path::PathBuf;
use std::sync::OnceLock;

use once_cell::sync::OnceCell;

use crate::error::{Cause, Result};
use crate::process::{Identity, parent};
use crate::supervisor::{self, Address, LiveSession, parent_at_start};

/// The variable with which a process makes itself the runner of its children: its process ID.
pub(crate) const SESSION: &str = "FIXTURED_SESSION";

/// The variable by which nextest tells its test runs apart.
const NEXTEST: &str = "NEXTEST_RUN_ID";

/// The variable that chooses where everything is kept.
const DIRECTORY: &str = "FIXTURED_DIR";

/// The session of this process, when it is decided.
static ADDRESS: OnceCell<Address> = OnceCell::new();

/// The session of this process. It is decided once, by the first of these that applies:
///
/// 1. `FIXTURED_SESSION`, the process ID of the runner;
/// 2. `NEXTEST_RUN_ID`: the run of nextest;
/// 3. the parent process, if it is cargo: all test binaries of one `cargo test`;
/// 4. this process itself.
pub(crate) fn address() -> Result<&'static Address> {
    ADDRESS.get_or_try_init(discover)
}

/// The sessions of this user that are alive, in the directory that this process would use.
pub fn live() -> Vec<LiveSession> {
    supervisor::live(&root())
}

/// The directory below which all sessions are.
fn root() -> PathBuf {
    let temporary = || chosen("TMPDIR").unwrap_or_else(|| "/tmp".into());
    chosen(DIRECTORY).unwrap_or_else(temporary)
}

/// The directory that a variable names, as seen from here; an empty one names none.
fn chosen(variable: &str) -> Option<PathBuf> {
    let path = std::env::var_os(variable).filter(|path| !path.is_empty())?;
    std::path::absolute(path).ok()
}

/// Begins a session whose runner is this process, even if it belongs to another session. Its children find the session by [`SESSION`].
pub(crate) fn begin() -> Result<&'static Address> {
    let address = of_runner(this_process()?, None)?;
    if ADDRESS.set(address).is_err() {
        return Err(Cause::io("begin a session", "this process has one already").into());
    }
    self::address()
}

fn discover() -> Result<Address> {
    let (runner, name) = if let Ok(number) = std::env::var(SESSION) {
        let runner = number.parse().ok().and_then(Identity::of);
        let problem = format!(
            "{SESSION} is `{number}`, which is not a running process; set it to a process ID"
        );
        (
            runner.ok_or_else(|| Cause::io("find the test run", problem))?,
            None,
        )
    } else if let Ok(run) = std::env::var(NEXTEST) {
        // The name must be safe as a file's, and short, since the path of a socket is limited to 107 bytes.
        let name = run
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .take(20)
            .collect::<String>();
        (nextest().ok_or_else(orphaned)?, Some(name))
    } else if let Some(cargo) =
        running_parent()?.filter(|parent| parent.program().is_some_and(|name| name == "cargo"))
    {
        (cargo, None)
    } else {
        (this_process()?, None)
    };
    Ok(of_runner(runner, name)?)
}

fn this_process() -> Result<Identity, Cause> {
    Identity::of(std::process::id())
        .ok_or_else(|| Cause::io("read /proc", "this process is missing from it"))
}

fn of_runner(runner: Identity, name: Option<String>) -> Result<Address, Cause> {
    // Another version of the crate may speak another protocol.
    let name = name.unwrap_or_else(|| format!("{}-{}", runner.pid, runner.started));
    let session = format!("{name}-{}", env!("CARGO_PKG_VERSION"));
    let (data, root) = (chosen(DIRECTORY), root());
    if root.to_str().is_none() {
        let doing = format!("use the directory `{}`", root.display());
        let problem = format!("its path is not UTF-8; set {DIRECTORY} to another");
        return Err(Cause::io(doing, problem));
    }
    Ok(Address {
        root,
        session,
        runner,
        data,
        known: OnceLock::new(),
    })
}

/// The parent, unless it has gone since this process was started by cargo: then the test run is over.
fn running_parent() -> Result<Option<Identity>> {
    let started_by_cargo = std::env::var_os("CARGO").is_some();
    if started_by_cargo && parent_id() != parent_at_start() {
        return Err(orphaned().into());
    }
    Ok(Identity::of(parent_id()))
}

fn orphaned() -> Cause {
    Cause::SessionEnded {
        why: format!("its runner (pid {}) is gone", parent_at_start()),
    }
}

/// The process of nextest: an ancestor of that name, since a wrapper may stand between; else the parent.
fn nextest() -> Option<Identity> {
    let mut ancestor = parent_id();
    while ancestor > 1 {
        let found = Identity::of(ancestor);
        if let Some(found) = found
            && found
                .program()
                .is_some_and(|name| name.starts_with("cargo-nextest"))
        {
            return Some(found);
        }
        ancestor = parent(ancestor)?;
    }
    if parent_id() == parent_at_start() {
        Identity::of(parent_id())
    } else {
        None
    }
}
