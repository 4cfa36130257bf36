//! Directories that a server makes once and that are copied from then on. They are kept in the user's cache, which is a help and never a
//! need: where it cannot be used, the directory is made in its place, and a line says so.

mod cache;
mod entry;
mod holes;
mod layout;
mod lock;
mod manifest;
mod original;
mod place;
mod remove;
mod target;
mod templates;
mod tree;

pub(crate) use entry::Copied;
pub(crate) use original::Original;
pub(crate) use place::Template;
pub use remove::{Cleaned, clean};
pub(crate) use target::Target;
pub(crate) use templates::Templates;

#[cfg(test)]
mod tests;
