//! The strategy for each kind of readiness.

use std::io;
use std::path::Path;

use super::Probe;
use super::command::Succeeds;
use super::exchange::Exchange;
use super::file::FileMatches;
use super::http::Http;
use super::output::Output;
use super::path_watch::below;
use super::pid_file::PidFile;
use super::started::Started;
use super::tcp::Tcp;
use super::unix_socket::UnixSocket;
use crate::launch::{Command, Ready};
use crate::place::Place;
use crate::process::Child;

/// Runs a command of the launch.
pub(crate) type Run<'a> = Box<dyn FnMut() -> io::Result<Child> + Send + 'a>;

/// The way to tell that this holds, of a process that starts in `cwd`; `run` runs a command that asks.
pub(crate) fn probe<'a>(
    ready: &'a Ready,
    place: &Place,
    cwd: &Path,
    run: &'a dyn Fn(&'a Command) -> Run<'a>,
) -> Box<dyn Probe + 'a> {
    match ready {
        Ready::Started => Box::new(Started),
        Ready::Tcp(address) => Box::new(Tcp::new(place.fill(address))),
        Ready::UnixSocket(path) => Box::new(UnixSocket::new(cwd, &place.fill(path))),
        Ready::Http(probe) => Box::new(Http::new(probe.filled(&|text| place.fill(text)))),
        Ready::Output(pattern) => Box::new(Output::new(place.fill(pattern))),
        Ready::PidFile(path) => Box::new(PidFile::new(below(cwd, place.fill(path)))),
        Ready::File { path, line } => {
            let path = below(cwd, place.fill(path));
            Box::new(FileMatches::new(path, place.fill(line)))
        }
        Ready::Command(command) => Box::new(Succeeds::new(run(command))),
        Ready::Exchange {
            address,
            send,
            expect,
        } => {
            let [address, send, expect] = [address, send, expect].map(|text| place.fill(text));
            Box::new(Exchange::new(&address, send, expect))
        }
    }
}
