//! The definition of one kind of server.

use std::sync::Arc;

use crate::launch::{Launch, Site};

/// The definition of one kind of server: options in, a [`Launch`] out.
///
/// ```
/// use fixtured::launch::{Command, Launch, Process, Ready, Site};
/// use fixtured::Daemon;
///
/// /// A search engine of our own.
/// struct SearchEngine;
///
/// impl Daemon for SearchEngine {
///     fn launch(&self, site: &Site) -> Launch {
///         let Site { dir, port, .. } = site;
///         let command = Command::new("search-engine", ["--data", dir, "--port", port]);
///         let mut launch = Launch::new("search-engine");
///         launch.processes.push(Process::new(command, Ready::Tcp(format!("127.0.0.1:{port}"))));
///         launch.url = format!("http://127.0.0.1:{port}");
///         launch
///     }
/// }
/// ```
pub trait Daemon {
    /// Says what to run. It has no effects and gives the same answer each time: the supervisor does the rest, and
    /// tests that ask for equal launches share one instance.
    fn launch(&self, site: &Site) -> Launch;

    /// What code of the test does in the part of the server that all other parts are cloned from: it is called with that part's URL, once
    /// in a session and test binary, while all who need it wait. Default: nothing. The launch names it as [`Init::function`](crate::launch::Init::function).
    fn prepare(&self) -> Option<Prepare> {
        None
    }
}

/// A launch that somebody has made already, as the command line does from its options.
impl Daemon for Launch {
    fn launch(&self, _: &Site) -> Launch {
        self.clone()
    }
}

/// What a daemon launches, for tests of definitions.
#[doc(hidden)]
pub fn launched(daemon: &dyn Daemon) -> Launch {
    daemon.launch(Site::symbolic())
}

/// Code that prepares what all tests start from, at this URL; or says why it cannot.
pub type Prepare = Arc<dyn Fn(&str) -> Result<(), String> + Send + Sync>;
