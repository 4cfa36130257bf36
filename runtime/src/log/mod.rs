//! What daemons print.

mod daemon;
mod file;
mod follow;
mod limit;
mod logs;
mod reader;
mod tail;

pub(crate) use daemon::DaemonLogs;
pub use daemon::ProcessLog;
pub(crate) use file::{Log, length, tail};
pub use follow::{Follow, printed};
pub(crate) use logs::Logs;
pub use reader::OutputFile;
pub(crate) use reader::{Piece, line_length};
pub(crate) use tail::last_lines;
