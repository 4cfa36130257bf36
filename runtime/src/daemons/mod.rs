//! The daemons: one definition a file.
//!
//! Each is made by a function of its name; its options are methods.
//!
//! ```no_run
//! use fixtured::{Acquire, daemons};
//!
//! let redis = daemons::redis().password("s3cret").start()?;
//! println!("{}", redis.url());
//! # Ok::<(), fixtured::Error>(())
//! ```

mod list;
mod memcached;
mod postgres;
mod program;
mod redis;

pub use list::*;
pub use memcached::Memcached;
pub use postgres::Postgres;
pub use program::{CommandLine, Period, Program};
pub use redis::Redis;
