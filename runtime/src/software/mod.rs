//! Finding programs.

mod choose;
mod configured;
mod executable;
mod locate;
mod programs;
mod search_dir;
mod version;

pub(crate) use choose::choose;
pub(crate) use programs::Programs;
pub use programs::locate;
pub use version::version;

#[cfg(test)]
mod tests;
