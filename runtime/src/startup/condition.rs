//! The readiness of a launch in its place, and whether it held before the start.

use std::io;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::plan::{shown, working_directory};
use super::running::Running;
use super::start::Start;
use crate::error::Cause;
use crate::launch::{HttpProbe, Process, Ready};
use crate::place::Place;
use crate::ready::{Check, Exchange, Http, Output, PidFile, Readiness, Succeeds, Tcp, UnixSocket};
use crate::software::Programs;

impl Start<'_> {
    /// Whatever would make the process count as ready before it has been started is not ours.
    pub(super) fn refuse_what_is_there(
        &self,
        process: &Process,
        place: &Place,
    ) -> Result<(), Cause> {
        let found = match &process.ready {
            Ready::Tcp(address) => tcp_is_there(&place.fill(address)),
            Ready::Http(probe) => tcp_is_there(&filled(probe, place).authority()),
            Ready::UnixSocket(path) => {
                let path = working_directory(&process.command, place).join(place.fill(path));
                let there = UnixStream::connect(&path).is_ok();
                there.then(|| format!("{} accepted a connection", path.display()))
            }
            Ready::PidFile(path) => {
                let path = working_directory(&process.command, place).join(place.fill(path));
                path.exists().then(|| format!("{} existed", path.display()))
            }
            _ => None,
        };
        let Some(what) = found else { return Ok(()) };
        let command = shown(&process.command, place);
        Err(Cause::AlreadyRunning {
            name: self.launch.name.clone(),
            what,
            command,
        })
    }

    /// What to wait for. An output that is waited for puts into `banner` where its line ends.
    pub(super) fn readiness<'b>(
        &'b self,
        ready: &'b Ready,
        cwd: &Path,
        programs: &'b Programs<'_>,
        running: &'b Running,
        files: &[(&Path, u64)],
        banner: &mut Option<Arc<AtomicU64>>,
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
                let files: Vec<_> = files
                    .iter()
                    .copied()
                    .filter(|(path, _)| path.exists())
                    .collect();
                let output = Output::new(&pattern, &files)
                    .map_err(|error| Cause::io("watch a log", error))?;
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
            } => Box::new(Exchange::new(
                &place.fill(address),
                &place.fill(send),
                expect,
            )),
            Ready::Command(command) => {
                let asks = Process::new(command.clone(), Ready::Started);
                Box::new(Succeeds::new(move || {
                    let plan = self
                        .plan(&asks, programs, running)
                        .map_err(|cause| io::Error::other(cause.to_string()))?;
                    self.spawner.spawn(plan)
                }))
            }
        })
    }
}

fn tcp_is_there(address: &str) -> Option<String> {
    (Tcp::new(address).check() == Check::Ready).then(|| format!("{address} accepted a connection"))
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
        ..probe.clone()
    }
}
