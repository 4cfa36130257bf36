//! What the tests need to look at a machine: its processes, and cargo runs inside a test.

mod actor;
mod authority;
mod boto3;
mod client;
mod curl;
mod eventually;
mod executor;
mod free_port;
mod heavy;
mod holder;
mod leased;
pub mod mysql;
mod nested;
mod ports;
mod processes;
mod random;
mod refused;
mod scratch;

pub use actor::Actor;
pub use authority::Authority;
pub use boto3::boto3;
pub use client::client;
pub use curl::request;
pub use eventually::eventually;
pub use executor::{drop_and_look, printed};
pub use free_port::free_port;
pub use heavy::{HEAVY, test_name};
pub use holder::{Holder, Holding};
pub use leased::leased;
pub use nested::{Nested, cargo, without_runner};
pub use ports::holders;
pub use processes::{Process, alive, marked, process, processes, supervisor_of};
pub use random::Random;
pub use refused::refuse;
pub use scratch::{Scratch, scratch_directory};
