//! The rules of this project that a program can check.

mod circles;
mod daemons;
mod dependencies;
mod format;
mod graph;
mod layers;
mod pages;
mod source;
mod twice;
mod workspace;
