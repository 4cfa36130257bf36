//! `#[fixture]` and `#[with_daemon]`: what they do, and what the compiler says of mistakes.
//!
//! A mistake in an attribute, or in code that starts daemons without one, belongs to `ui`, as a file of its own below `tests/ui`.

mod asynchronous;
mod attributes;
mod beside_other_attributes;
mod ui;
