//! Executors, as in mirakuru: start one process, wait until it is ready, stop it.

mod check;
mod face;
mod facts;
mod kind;
mod outage;
mod process;
mod settings;
mod standing;
mod start;
mod started;
mod stop;
mod stop_options;

pub use crate::log::OutputFile;
pub use face::{
    Executor, HttpExecutor, OutputExecutor, PidExecutor, SimpleExecutor, TcpExecutor,
    UnixSocketExecutor,
};
pub use kind::Kind;
pub use process::ExecutorOf;
pub use stop_options::StopOptions;
