//! What can go wrong, and what is said about it.

mod failure;

mod cause;
mod end;
mod invalid;
mod log_tail;
mod not_started;
mod refused;
mod room;

mod message;
#[cfg(test)]
mod messages;
mod note;
#[cfg(test)]
mod refusals;

pub(crate) use cause::{Cause, Contact, Get, Unclean};
pub(crate) use end::End;
pub use failure::{Error, ErrorKind, Result};
pub(crate) use invalid::{Address as InvalidAddress, Invalid};
pub use log_tail::LogTail;
pub(crate) use log_tail::more_like_it;
pub use message::Message;
pub(crate) use message::NOT_KEPT;
pub(crate) use not_started::{Limit, NotStarted};
pub(crate) use note::Note;
pub(crate) use refused::{Doing, For, Label, Part, Reason, Refused, Remark};
pub(crate) use room::{has_little_room, limits};
