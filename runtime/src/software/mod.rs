//! Finding programs.

mod chosen;
mod executable;
mod locate;
mod place;
mod programs;
mod version;

pub(crate) use programs::Programs;
pub use programs::locate;

#[cfg(test)]
mod tests;
