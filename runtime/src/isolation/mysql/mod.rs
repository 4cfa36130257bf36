//! MySQL and MariaDB: they cannot clone databases, so each is made again like the one that was prepared.

mod body;
mod command;
mod connection;
mod files;
mod grants;
mod home;
mod lexer;
mod load;
mod login;
mod packet;
mod programs;
mod quote;
mod recipe;
mod rsa;
mod script;
mod server;
mod setting;
mod tables;
mod template;
mod words;

pub(super) use server::Mysql;
