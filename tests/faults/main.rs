//! Processes that are killed or stopped, and systems that refuse something: nothing is left behind, and somebody is told.
//!
//! A test belongs here if the fault comes from outside; a program that misbehaves by itself belongs to `executors`.

mod chaos;
mod full_disk;
mod killed;
mod limits;
mod paused;
mod refusals;
mod stopped;
mod table;
