//! What daemons print.

mod file;
mod follow;
mod limit;
mod logs;
mod reader;

pub(crate) use file::{Log, last_lines, length, tail};
pub use follow::{Follow, printed};
pub(crate) use logs::Logs;
pub use reader::OutputFile;
