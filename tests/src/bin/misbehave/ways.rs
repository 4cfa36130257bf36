//! The list of the ways to misbehave.

use crate::{Told, end, escape, print, serve};

/// A way to misbehave.
pub(crate) struct Way {
    pub(crate) name: &'static str,
    /// What its parameter is called; empty if it has none. In brackets it can be left out.
    pub(crate) parameter: &'static str,
    pub(crate) sentence: &'static str,
    pub(crate) run: fn(&Told),
}

impl Way {
    /// How it is called.
    pub(crate) fn usage(&self) -> String {
        format!("{} {}", self.name, self.parameter)
    }
}

const fn way(
    name: &'static str,
    parameter: &'static str,
    run: fn(&Told),
    sentence: &'static str,
) -> Way {
    Way {
        name,
        parameter,
        sentence,
        run,
    }
}

pub(crate) const WAYS: &[Way] = &[
    // How it ends.
    way(
        "exit",
        "[CODE]",
        end::exit_with,
        "Complains and exits with this code, 7 if none is given.",
    ),
    way("exit-zero", "", end::exit_zero, "Exits with 0 at once."),
    way(
        "ready-then-die",
        "",
        end::ready_then_die,
        "Prints `ready`, then its marks to standard error, and exits with 9.",
    ),
    way(
        "never",
        "",
        end::never,
        "Never prints anything, and never ends by itself.",
    ),
    way(
        "ignore-term",
        "",
        end::ignore_term,
        "Prints `ready`, and blocks SIGTERM.",
    ),
    // How it escapes.
    way(
        "detach",
        "",
        escape::detach,
        "Prints `ready`; a descendant of it has left its session and its parent, and cleared its environment.",
    ),
    way(
        "detach-further",
        "",
        escape::detach_further,
        "The second step of `detach`: leaves its session, starts the last one and exits.",
    ),
    way(
        "detached",
        "",
        escape::detached,
        "The last step of `detach`: leaves its session and blocks SIGTERM.",
    ),
    way(
        "leave-daemon",
        "",
        escape::leave_daemon,
        "Prints `ready` and exits with 0; what `detach` leaves behind stays.",
    ),
    way(
        "fork-away",
        "",
        escape::fork_away,
        "Prints `ready`, then leaves its session, forks and exits, again and again.",
    ),
    way(
        "become-root",
        "",
        escape::become_root,
        "Becomes root, if a set-user-ID bit lets it, prints `ready`, and stays.",
    ),
    // How it serves.
    way(
        "bind-late",
        "PORT",
        serve::bind_late,
        "Listens on the port after 300 ms, and serves.",
    ),
    way(
        "bind-then-exit",
        "PORT",
        serve::bind_then_exit,
        "Listens on the port, accepts nothing, and exits with 3 after 100 ms.",
    ),
    way(
        "unavailable-first",
        "PORT",
        serve::unavailable_first,
        "Answers HTTP: the first 3 requests with status 503, all others with 200; prints each status.",
    ),
    way(
        "drain",
        "PORT",
        serve::drain,
        "Listens on the port, and serves one client; at SIGTERM it waits until that one closes the connection.",
    ),
    way(
        "close-streams",
        "PORT",
        serve::close_streams,
        "Closes its standard streams, then listens on the port and serves.",
    ),
    // How it prints.
    way(
        "flood",
        "[BYTES]",
        print::flood,
        "Prints this many bytes as fast as it can, then `done BYTES`, and stays; without a number it never stops printing.",
    ),
];
