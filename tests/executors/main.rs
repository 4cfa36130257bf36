//! Programs of the user's own: how they start, when they are ready, what they print, how they stop.
//!
//! A test belongs here if it needs no daemon of the list, or only as any program.

mod arguments;
mod from_mirakuru;
mod hopeless;
mod kinds;
mod listeners;
mod misbehaving;
mod outage;
mod output;
mod refused;
mod stops;
mod waits;
mod wire;
