//! MongoDB: tests have databases.

mod bson;
mod connection;
mod login;
mod server;

pub(super) use server::Mongodb;

#[cfg(test)]
mod tests;
