//! The list of daemons, from which everything that speaks of all of them is derived.

use super::{Memcached, Postgres, Redis};
use crate::daemon::Daemon;
use crate::launch::{Launch, Site};

/// One daemon of the list.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Its names; the first is the usual one.
    pub names: &'static [&'static str],
    /// What it is, in a line.
    pub about: &'static str,
    /// What it launches without any options.
    pub launch: fn() -> Launch,
}

/// Makes the functions by which daemons are named, and the list of them.
macro_rules! daemons {
    ($($name:ident $(or $other:ident)* => $definition:ident, $about:literal;)*) => {
        $(
            #[doc = concat!($about, " See [`", stringify!($definition), "`].")]
            pub fn $name() -> $definition {
                $definition::default()
            }
            $(
                #[doc = concat!("The same as [`", stringify!($name), "`].")]
                pub fn $other() -> $definition {
                    $definition::default()
                }
            )*
        )*

        /// All daemons.
        pub const ALL: &[Entry] = &[$(Entry {
            names: &[stringify!($name) $(, stringify!($other))*],
            about: $about,
            launch: || $definition::default().launch(&Site::SYMBOLIC),
        },)*];
    };
}

daemons! {
    postgres or postgresql => Postgres, "PostgreSQL, one server for all tests and a database for each.";
    redis => Redis, "Redis, a server for each test.";
    memcached => Memcached, "Memcached, a server for each test.";
}
