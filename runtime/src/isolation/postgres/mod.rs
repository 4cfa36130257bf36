//! PostgreSQL: databases are cloned from a template.

mod connection;
mod login;
mod password;
mod quote;
mod scram;
mod server;
mod statement;
mod template;

pub(super) use server::Postgres;
