//! What a test gets of its own inside a shared server, and what it starts from.
//!
//! A test belongs here if it is about databases that are cloned, initialised, lent or dropped, whatever becomes of those who use them.

mod database;
mod disturbed;
mod dumps;
mod existing;
mod existing_kinds;
mod existing_tls;
mod init;
mod kills;
mod late_parts;
mod layouts;
mod mariadb;
mod mysql;
mod odd;
mod postgres;
mod promises;
mod reset;
mod scripts;
mod start_from;
mod start_from_files;
mod start_from_kinds;
mod whole_server;
mod wire;
