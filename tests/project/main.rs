//! The project itself: its pages and snapshots, and that a crate elsewhere can use it.
//!
//! A test belongs here if it reads files of this repository, or has all of it built. The rules that need no more than that are in `tidy.rs`.

mod definitions;
mod public_api;
mod scratch;
