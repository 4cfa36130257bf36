//! What `fixtured run` does, with real servers and their own clients.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "an assertion is a panic too"
)]

mod command;
mod dying;
mod pifpaf;
mod session;
mod shell;
mod terminal;
mod transcript;
mod world;
