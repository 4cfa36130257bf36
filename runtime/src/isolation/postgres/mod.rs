//! PostgreSQL: databases are cloned from a template.

mod connection;
mod hindrance;
mod login;
mod password;
mod properties;
mod quote;
mod scram;
mod server;
mod statement;
mod template;

pub(super) use server::Postgres;
