//! When a process counts as started: one strategy a file.

mod command;
mod exchange;
mod http;
mod output;
mod pid_file;
mod readiness;
mod tcp;
mod unix_socket;
mod wait;

pub(crate) use command::Succeeds;
pub(crate) use exchange::Exchange;
pub(crate) use http::Http;
pub(crate) use output::Output;
pub(crate) use pid_file::PidFile;
pub use readiness::{Check, Readiness};
pub(crate) use tcp::Tcp;
pub(crate) use unix_socket::UnixSocket;
pub(crate) use wait::{Missed, Waiting, wait};
