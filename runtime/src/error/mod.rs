//! What can go wrong, and what is said about it.

mod cause;
mod end;
mod failure;

pub(crate) use cause::{Cause, Get};
pub(crate) use end::{End, LogTail};
pub use failure::{Error, ErrorKind, Result};
