//! The user's scripts, as `psql` would read them: what is sent to the server at once, and where in them something has failed.

mod command;
mod databases;
mod draft;
mod lexer;
mod pieces;
mod place;
mod plan;
mod roles;
mod server;
mod statement;
mod unit;

pub(super) use databases::Databases;
pub(super) use draft::Manner;
pub(super) use place::{Place, place};
pub(super) use plan::Plan;
pub(super) use roles::named;
pub(super) use server::Server;
