//! When a process counts as started: one strategy a file.

mod readiness;

mod probe;

mod answer;
mod appears;
mod conversation;
mod pattern;
mod request;
mod talk;
mod unreachable;

mod command;
mod ends;
mod exchange;
mod file;
mod http;
mod output;
mod pid_file;
mod started;
mod tcp;
mod unix_socket;

mod strategy;

mod missed;
mod wait;

pub(crate) use ends::Ends;
pub(crate) use missed::{Missed, Waited};
pub(crate) use probe::{Own, Probe};
pub use readiness::{Check, Readiness};
pub(crate) use strategy::{Run, probe};
pub(crate) use wait::{Awaited, Look, Waiting, wait};
