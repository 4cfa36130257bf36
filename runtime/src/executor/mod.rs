//! The executors: mirakuru's part.

mod check;
mod face;
mod facts;
pub mod kind;
mod process;
mod settings;
mod standing;
mod started;

pub use crate::log::OutputFile;
pub use face::{
    Executor, HttpExecutor, OutputExecutor, PidExecutor, SimpleExecutor, TcpExecutor,
    UnixSocketExecutor,
};
pub use process::ExecutorOf;
