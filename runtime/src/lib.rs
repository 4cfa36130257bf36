//! Real daemons for Rust tests.
//!
//! ```no_run
//! use fixtured::{fixture, with_daemon};
//!
//! // One server for the whole test run, a fresh database for each test.
//! #[fixture(postgres)]
//! #[test]
//! fn stores_a_user(url: &str) {
//!     // Connect to `url`.
//! }
//!
//! // Any program, started for this test and stopped after it.
//! #[with_daemon("python3 -m http.server {port} --bind 127.0.0.1", http = "http://127.0.0.1:{port}/")]
//! #[test]
//! fn serves(url: &str, port: u16) {
//!     // Request `url`.
//! }
//! ```
//!
//! - [`fixture`] and [`with_daemon`] are attributes for a test or a module of tests.
//! - [`daemons`] contains the supported servers. Implement [`Daemon`] to add one.
//! - [`Acquire`] provides the same instances without an attribute.
//! - [`Wire`] is between a test and its daemon with `wire = true`, and can be cut.
//! - [`HttpExecutor`], [`TcpExecutor`], [`OutputExecutor`], [`UnixSocketExecutor`], [`PidExecutor`], [`SimpleExecutor`] and
//!   [`Executor`] start a process, wait until it is ready, and stop it.
//!
//! # Cleanup
//!
//! Nothing is left behind, however a test process or its runner ends: not after SIGKILL, an abort or `process::exit`. All processes,
//! directories and ports belong to a supervisor outside the test process, which exits when the runner does. The README explains the
//! mechanism and its limits. `docs/security.md` describes the trust model and what changes for root.
//!
//! # Settings
//!
//! | variable | meaning |
//! |---|---|
//! | `FIXTURED_MISSING=skip` | skip tests whose daemon is not installed, with a message, instead of failing them |
//! | `FIXTURED_POSTGRES_BIN` … | the directory of a daemon's programs, or the path of the program itself |
//! | `FIXTURED_KEEP=failed` | keep the daemons and databases of failed tests after the run, and print how to reach and remove them |
//! | `FIXTURED_DIR` | the directory for the files of sessions; default: data on `/dev/shm` if 512 MiB are free there, the rest in the temporary directory |
//! | `FIXTURED_SESSION` | the PID of the process to treat as the runner |

#[cfg(not(target_os = "linux"))]
compile_error!("fixtured supports only Linux so far");

mod deadline;
mod error;
pub mod launch;
mod lock;
mod random;

mod connect;
mod daemon;
mod hold;
mod instance;
mod log;
mod node;
mod port;
mod process;
mod state;

pub mod daemons;
mod directory;
mod isolation;
mod migrations;
mod place;
mod ready;
mod software;
mod template;

mod startup;

mod supervisor;

mod session;

mod acquire;
mod asynchronous;
pub mod executor;
mod fixture;
mod holding;
mod outage;
mod reset;
mod wire;

pub use acquire::{Acquire, Wired};
pub use daemon::{Daemon, Prepare};
pub use deadline::Deadline;
pub use error::{Error, ErrorKind, LogTail, Result};
pub use executor::{
    Executor, ExecutorOf, HttpExecutor, OutputExecutor, PidExecutor, SimpleExecutor, TcpExecutor,
    UnixSocketExecutor,
};
pub use fixtured_macros::{fixture, with_daemon};
pub use instance::Instance;
pub use launch::Scope;
pub use node::Node;
pub use ready::{Check, Readiness};
pub use state::State;
pub use wire::{Rate, Wire};

/// Called by generated code. Not part of the public API.
#[doc(hidden)]
pub mod __private {
    pub use crate::fixture::{Fixture, Outcome, Pending, Test, Text};
}

/// Used by the command line and the tests. Not part of the public API.
#[doc(hidden)]
pub mod __command_line {
    pub use crate::daemon::launched;
    pub use crate::daemons::absent::Absent;
    pub use crate::daemons::all::ALL;
    pub use crate::daemons::entry::{Configured, Entry};
    pub use crate::daemons::options::About;
    pub use crate::error::Message;
    pub use crate::holding::{Holding, Session, end};
    pub use crate::log::{Follow, ProcessLog, printed};
    pub use crate::place::with_ports;
    pub use crate::process::{Environment, environment, home};
    pub use crate::session::live;
    pub use crate::software::{locate, version};
    pub use crate::startup::Phase;
    pub use crate::supervisor::{DaemonStatus, LiveSession, Overview, Stage};
    pub use crate::template::{Cleaned, clean};
}

/// Compiles the examples of the README.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// Compiles the examples of the page for users of mirakuru.
#[cfg(doctest)]
#[doc = include_str!("../../docs/from-mirakuru.md")]
struct FromMirakuru;

/// Compiles the examples of the page about outages.
#[cfg(doctest)]
#[doc = include_str!("../../docs/outages.md")]
struct Outages;
