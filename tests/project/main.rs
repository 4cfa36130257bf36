//! The project itself: its pages and snapshots, and that a crate elsewhere can use it.
//!
//! A test belongs here if it reads files of this repository, or has all of it built. The rules that need no more than its files are in `tidy/`.

mod definitions;
mod public_api;
mod scratch;
mod tidy;
