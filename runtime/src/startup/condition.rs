//! The readiness of a launch in its place, and whether it held before the start.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, ToSocketAddrs};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};

use super::plan::{shown, working_directory};
use super::running::{Running, Started};
use super::start::Start;
use crate::error::Cause;
use crate::instance::Stream;
use crate::launch::{HttpProbe, Process, Ready};
use crate::place::Place;
use crate::process::{Holder, Identity, holder};
use crate::ready::{Check, Exchange, Http, Output, PidFile, Readiness, Succeeds, Tcp, UnixSocket};
use crate::software::Programs;

impl Start<'_> {
    /// Whatever would make the process count as ready before it has been started is not ours.
    pub(super) fn refuse_what_is_there(
        &self,
        process: &Process,
        programs: &Programs<'_>,
        place: &Place,
    ) -> Result<(), Cause> {
        let path = |path| working_directory(&process.command, place).join(place.fill(path));
        let found = match &process.ready {
            Ready::UnixSocket(socket) => listens(&path(socket)),
            Ready::PidFile(file) => {
                let path = path(file);
                let holder = || {
                    let pid = fs::read_to_string(&path).ok()?.trim().parse().ok()?;
                    Identity::of(pid).map(|found| Holder::Process(found.pid))
                };
                path.exists()
                    .then(|| (format!("{} existed", path.display()), holder()))
            }
            ready => ready.listener().and_then(|address| {
                let address = place.fill(&address);
                let stream = Tcp::new(&address).connect().ok()?;
                let found = stream.peer_addr().ok().and_then(holder);
                Some((format!("{address} accepted a connection"), found))
            }),
        };
        found.map_or(Ok(()), |(what, holder)| {
            let what = format!("{what} before it was started");
            Err(self.already_running(process, programs, place, what, holder))
        })
    }

    /// A port that the user has fixed and somebody else has is no use to any process.
    pub(super) fn refuse_taken_ports(
        &self,
        programs: &Programs<'_>,
        place: &Place,
    ) -> Result<(), Cause> {
        let Some(process) = self.launch.processes.last() else {
            return Ok(());
        };
        for port in self.launch.fixed_ports.values() {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, *port));
            let bound = TcpListener::bind(address);
            if bound.is_err_and(|error| error.kind() == io::ErrorKind::AddrInUse) {
                let what = format!("{address} was taken before it was started");
                return Err(self.already_running(process, programs, place, what, holder(address)));
            }
        }
        Ok(())
    }

    /// A listener of somebody else must not pass for ours.
    pub(super) fn refuse_a_foreign_listener(
        &self,
        process: &Process,
        programs: &Programs<'_>,
        place: &Place,
        started: &Started,
    ) -> Result<(), Cause> {
        let Some(address) = process
            .ready
            .listener()
            .filter(|_| !process.foreign_listener)
        else {
            return Ok(());
        };
        let address = place.fill(&address);
        let addresses: Vec<_> = address.to_socket_addrs().into_iter().flatten().collect();
        match started.child.stranger_at(&addresses) {
            None => Ok(()),
            Some(holder) => {
                let what = format!("another process listens on {address}");
                Err(self.already_running(process, programs, place, what, Some(holder)))
            }
        }
    }

    fn already_running(
        &self,
        process: &Process,
        programs: &Programs<'_>,
        place: &Place,
        what: String,
        holder: Option<Holder>,
    ) -> Cause {
        Cause::AlreadyRunning {
            name: self.launch.name.clone(),
            what,
            command: shown(&process.command, programs, place),
            holder: holder.map(|holder| holder.to_string()),
        }
    }

    /// What to wait for. An output that is waited for puts into `banner` where its line ends.
    pub(super) fn readiness<'b>(
        &'b self,
        ready: &'b Ready,
        cwd: &Path,
        programs: &'b Programs<'_>,
        running: &'b Running,
        files: &[Stream],
        banner: &mut Option<Arc<OnceLock<Stream>>>,
    ) -> Result<Box<dyn Readiness + 'b>, Cause> {
        let place = &running.place;
        let invalid = |problem| Cause::Invalid {
            name: self.launch.name.clone(),
            problem,
        };
        Ok(match ready {
            Ready::Started => Box::new(|| Check::Ready),
            Ready::Tcp(address) => Box::new(Tcp::new(place.fill(address))),
            Ready::UnixSocket(path) => Box::new(UnixSocket::new(cwd.join(place.fill(path)))),
            Ready::Http(probe) => Box::new(Http::new(filled(probe, place)).map_err(invalid)?),
            Ready::PidFile(path) => Box::new(PidFile::new(cwd.join(place.fill(path)))),
            Ready::Output(pattern) => {
                let pattern = place.fill(pattern);
                let output =
                    Output::new(&pattern, files).map_err(|error| Cause::io("read a log", error))?;
                let wrong =
                    |error| invalid(format!("`{pattern}` is no regular expression: {error}"));
                let output = output.map_err(wrong)?;
                *banner = Some(output.found());
                Box::new(output)
            }
            Ready::Exchange {
                address,
                send,
                expect,
            } => {
                let (address, send) = (place.fill(address), place.fill(send));
                Box::new(Exchange::new(&address, &send, &place.fill(expect)).map_err(invalid)?)
            }
            Ready::Command(command) => {
                let asks = Process::new(command.clone(), Ready::Started);
                Box::new(Succeeds::new(move || {
                    let (plan, _) = self
                        .plan(&asks, programs, running)
                        .map_err(|cause| io::Error::other(cause.to_string()))?;
                    self.spawner.spawn(plan)
                }))
            }
        })
    }
}

/// Whether somebody listens on the unix socket at this path, and who.
fn listens(path: &Path) -> Option<(String, Option<Holder>)> {
    let stream = UnixStream::connect(path).ok()?;
    let peer = getsockopt(&stream, PeerCredentials).ok();
    let holder = peer.map(|peer| Holder::Process(peer.pid().unsigned_abs()));
    Some((format!("{} accepted a connection", path.display()), holder))
}

/// Removes what a process that was killed has left in its own directory, and what would make its next start fail.
pub(super) fn remove_what_it_left(process: &Process, running: &Running) {
    let place = &running.place;
    if let Ready::UnixSocket(path) | Ready::PidFile(path) = &process.ready {
        let path = working_directory(&process.command, place).join(place.fill(path));
        if path.starts_with(&place.dir) {
            let _ = running.remove_file(&path);
        }
    }
}

fn filled(probe: &HttpProbe, place: &Place) -> HttpProbe {
    let pairs = |pairs: &[(String, String)]| {
        pairs
            .iter()
            .map(|(name, value)| (name.clone(), place.fill(value)))
            .collect()
    };
    HttpProbe {
        url: place.fill(&probe.url),
        headers: pairs(&probe.headers),
        payload: pairs(&probe.payload),
        body: place.fill(&probe.body),
        ..probe.clone()
    }
}
