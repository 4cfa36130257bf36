//! The definition of one kind of server.

use std::sync::Arc;

use crate::launch::{Launch, Site};

/// The definition of one kind of server: options in, a [`Launch`] out.
///
/// ```
/// use fixtured::Daemon;
/// use fixtured::launch::{Command, Launch, Process, Ready, Site};
///
/// /// Our search engine.
/// struct SearchEngine;
///
/// impl Daemon for SearchEngine {
///     fn launch(&self, site: &Site) -> Launch {
///         let Site { dir, port, .. } = site;
///         let command = Command::new("search-engine", ["--data", dir, "--port", port]);
///         Launch::new("search-engine")
///             .run(Process::new(command, Ready::port(port)))
///             .url(format!("http://127.0.0.1:{port}"))
///     }
/// }
/// ```
pub trait Daemon {
    /// Returns what to run. This must have no side effects and return the same launch every time:
    /// the supervisor does the work, and tests that ask for equal launches share one instance.
    fn launch(&self, site: &Site) -> Launch;

    /// Returns test code that prepares the data every test starts from. Default: none.
    ///
    /// The code is called once per session and test binary, with the URL of the template that the tests' databases are cloned from, or of
    /// the first server, whose data the tests' servers start from. Tests that need the data wait for it. The launch must name the code in
    /// [`Init::function`](crate::launch::Init::function) or [`Seed::function`](crate::launch::Seed::function).
    fn prepare(&self) -> Option<Prepare> {
        None
    }
}

/// A launch is its own definition. The command line uses this for launches that it builds from options.
impl Daemon for Launch {
    fn launch(&self, _: &Site) -> Launch {
        self.clone()
    }
}

/// The launch of a daemon, for tests of definitions.
#[doc(hidden)]
pub fn launched(daemon: &dyn Daemon) -> Launch {
    daemon.launch(Site::symbolic())
}

/// Code that prepares the data every test starts from, at this URL. An error is the reason why it failed.
pub type Prepare = Arc<dyn Fn(&str) -> Result<(), String> + Send + Sync>;
