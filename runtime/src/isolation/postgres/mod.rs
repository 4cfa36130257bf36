//! PostgreSQL: databases are cloned from a template.

mod address;
mod complaint;
mod connection;
mod hindrance;
mod login;
mod password;
mod properties;
mod quote;
mod run;
mod script;
mod server;
mod template;

pub(super) use server::Postgres;
