//! When a process is ready: one strategy per file.

mod readiness;

mod probe;

mod client;
mod path_watch;
mod pattern;
mod request;
pub(crate) mod response;
mod round_trip;
mod unreachable;

mod command;
mod exchange;
mod exited;
mod file;
mod http;
mod output;
mod pid_file;
mod started;
mod tcp;
mod unix_socket;

mod strategy;

mod not_ready;
mod wait;

pub(crate) use exited::Exited;
pub(crate) use not_ready::{NotReady, ProcessInfo};
pub(crate) use probe::{Custom, Probe};
pub use readiness::{Check, Readiness};
pub(crate) use strategy::{Run, probe};
pub(crate) use wait::{Awaited, ProcessStatus, Waiting, wait};
