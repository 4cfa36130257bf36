//! What the tests need to look at a machine: its processes, and cargo runs inside a test.

mod eventually;
mod nested;
mod processes;
mod scratch;

pub use eventually::eventually;
pub use nested::{Nested, cargo, without_runner};
pub use processes::{Process, alive, processes, supervisor_of};
pub use scratch::{Scratch, scratch_directory};
