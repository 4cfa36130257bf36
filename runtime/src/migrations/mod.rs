//! The user's scripts: a `.sql` file, or a directory of migrations.
//!
//! The client [finds](find) the files and sends where they are and a stamp, which changes when one of them does. The supervisor
//! [reads](read) them when a template must be prepared. `layout.rs` decides which files of a directory are read, and what of them is run.

mod dialect;
mod encoding;
mod files;
mod layout;
mod problem;
mod read;
mod root;
mod script;
mod source;
mod stamp;

pub(crate) use dialect::Dialect;
pub(crate) use encoding::encoded;
pub(crate) use files::find;
pub(crate) use read::read;
pub(crate) use script::Script;
