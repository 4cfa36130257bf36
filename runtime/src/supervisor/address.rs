//! The way to a session's supervisor.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::sync::OnceLock;

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::geteuid;

use super::allowance::Allowance;
use super::assignment::Assignment;
use super::connection::Connection;
use super::copy::start;
use crate::directory::SessionDir;
use crate::error::{Cause, Result};
use crate::process::Identity;

/// How often a client meets a session that is just ending before it gives up.
pub(super) const TRIES: usize = 5;

/// The address of a session's supervisor, whether or not it exists yet.
#[derive(Clone, Debug)]
pub(crate) struct Address {
    /// The directory below which all sessions are.
    pub(crate) root: PathBuf,
    pub(crate) session: String,
    pub(crate) runner: Identity,
    /// Where data goes, if the user has said.
    pub(crate) data: Option<PathBuf>,
    /// Its directory, once this process has reached it there: no other user can replace it, so it is looked up once.
    pub(crate) known: OnceLock<SessionDir>,
}

/// Connects to the session's supervisor, which it starts if there is none.
pub(super) fn connect(address: &Address) -> Result<Connection> {
    if let Some(connection) = address.known.get().map_or(Ok(None), reach)? {
        return Ok(connection);
    }
    for _ in 0..TRIES {
        if let Some(there) = SessionDir::find(&address.root, &address.session)?
            && let Some(connection) = reach(&there)?
        {
            // Another thread may have done this.
            let _ = address.known.set(there);
            return Ok(connection);
        }
        if !address.runner.runs() {
            let why = format!("its runner (pid {}) is gone", address.runner.pid);
            return Err(Cause::SessionEnded { why }.into());
        }
        let session = SessionDir::make(&address.root, &address.session)?;
        let locked = session.lock_start(Allowance::starting().until);
        // A directory that could only be created is empty, so no sweep would find it.
        let locked = locked.inspect_err(|_| session.remove_if_empty());
        let Some(_lock) = locked? else {
            continue;
        };
        // Somebody else may have started it while this process waited for the lock.
        if let Some(connection) = reach(&session)? {
            return Ok(connection);
        }
        let (runner, data) = (address.runner, address.data.clone());
        let started = start(&Assignment {
            session: session.path().into(),
            runner,
            data,
        });
        if let Err(cause) = started {
            // No sweep would do this: there is no session.
            session.remove();
            return Err(cause.into());
        }
    }
    Err(Cause::io(
        "reach the supervisor",
        format!(
            "that of session `{}` below `{}` does not answer",
            address.session,
            address.root.display()
        ),
    )
    .into())
}

/// Connects to this user's supervisor, if there is one.
pub(super) fn reach(session: &SessionDir) -> Result<Option<Connection>> {
    let stream = match session.connect(Allowance::prompt().until) {
        Ok(stream) => stream,
        // It is there, but takes no more clients.
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            let shown = session.path().display();
            let reason = "it accepts no more clients; its process may be stopped";
            return Err(Cause::io(format!("reach the supervisor at `{shown}`"), reason).into());
        }
        Err(_) => return Ok(None),
    };
    let peer = peer(&stream)?;
    match peer.uid() == geteuid().as_raw() {
        true => Ok(Some(Connection::new(stream, peer.pid().unsigned_abs()))),
        false => Err(Cause::io(
            "trust the supervisor",
            format!("it runs as user {}", peer.uid()),
        )
        .into()),
    }
}

fn peer(stream: &UnixStream) -> Result<nix::sys::socket::UnixCredentials> {
    let peer = getsockopt(stream, PeerCredentials);
    Ok(peer.map_err(|errno| Cause::io("ask who the supervisor is", errno))?)
}
