//! Directories that a server makes once and that are copied from then on. They are kept in the user's cache, which is a help and never a
//! need: where it cannot be used, the directory is made in its place, and a line says so.

mod cache;
mod lock;
mod manifest;
mod place;
mod remove;
mod templates;
mod there;
mod tree;

pub(crate) use place::{Target, Template};
pub use remove::{Cleaned, clean};
pub(crate) use templates::Templates;
pub(crate) use there::Copied;

#[cfg(test)]
mod tests;
