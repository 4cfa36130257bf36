//! One test run: what its tests share, what is kept after it, what it tells, and what other runs do not notice of it.
//!
//! A test belongs here if it needs several processes or several runs to show what it is about.

mod cache;
mod keep;
mod leaving;
mod many;
mod messages;
mod missing;
mod neighbours;
mod same_keys;
mod session;
mod sharing;
mod two_hundred;
