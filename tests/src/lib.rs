//! What the tests need to look at a machine: its processes, and cargo runs inside a test.

mod eventually;
mod executor;
mod holder;
mod leased;
mod nested;
mod processes;
mod scratch;

pub use eventually::eventually;
pub use executor::{drop_and_look, printed};
pub use holder::{Holder, Holding};
pub use leased::leased;
pub use nested::{Nested, cargo, without_runner};
pub use processes::{Process, alive, process, processes, supervisor_of};
pub use scratch::{Scratch, scratch_directory};
