//! The user's scripts: a `.sql` file, or a directory of migrations.
//!
//! The client [finds](find) the files and sends where they are and a stamp, which changes when one of them does. The supervisor
//! [reads](read) them when a template must be prepared. `layout.rs` decides which files of a directory are read, and what of them is run.

mod applied;
mod atlas;
mod code;
mod crc;
mod dbmate;
mod dialect;
mod diesel;
mod drizzle;
mod encoding;
mod files;
mod flyway;
mod foreign;
mod golang_migrate;
mod goose;
mod layout;
mod loose;
mod marked;
mod names;
mod numbered;
mod odd;
mod prisma;
mod problem;
mod read;
mod record;
mod refinery;
mod root;
mod script;
mod sections;
mod source;
mod sql_migrate;
mod sqlx;
mod undoing;
mod versioned;

pub(crate) use dialect::Dialect;
pub(crate) use encoding::encoded;
pub(crate) use files::find;
pub(crate) use read::read;
pub(crate) use script::Script;
