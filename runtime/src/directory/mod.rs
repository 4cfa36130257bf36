//! Private directories: where a session keeps what it has, and how files are made safely in places where others may write.

mod dir;
mod instance;
mod plain;
mod private;
mod regular;
mod remove;
mod session;
mod stamp;
mod trust;
mod user_path;

pub(crate) use dir::{Dir, give};
pub(crate) use instance::{Directories, InstanceDir};
pub(crate) use plain::real_path;
pub(crate) use regular::{open_regular, regular};
pub(crate) use session::SessionDir;
pub(crate) use stamp::Stamp;
pub(crate) use trust::{Missing, name_of_user, trusted};
pub(crate) use user_path::{
    append, is_directory, make_all, parent, read, remove_file, socket, stat, write,
};
