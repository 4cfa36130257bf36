//! Tests that other tests run with cargo, and that pass by themselves: `failing` for `messages` and `keep`, `victim` for the fault table.

mod failing;
mod victim;
