//! What stands between a test and its daemon if the test has asked for a wire.

mod bucket;
mod door;
mod link;
mod pipe;
mod relaying;
mod wire;

#[cfg(test)]
mod tests;

pub(super) use wire::{Wire, impossible};
