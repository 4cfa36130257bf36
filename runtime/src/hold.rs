//! What a holder of an instance can do with it.

use crate::error::Result;
use crate::state::State;

/// What keeps an instance for its holder; whoever hands out instances says how.
pub(crate) trait Hold: Send {
    /// How the daemon died, if it did.
    fn died(&mut self) -> Option<String>;

    /// The other tests that have used the daemon meanwhile.
    fn beside(&mut self) -> Vec<String>;

    /// Keeps the instance after the end of the session, until the process with the number that it returns is asked to end.
    fn keep(&mut self) -> Option<u32>;

    /// Stops one of the daemon's processes, by this signal or its own.
    fn stop_process(&mut self, process: &str, signal: Option<&str>) -> Result<()>;

    /// Starts one of the daemon's processes again.
    fn start_process(&mut self, process: &str) -> Result<()>;

    /// The state of the process of this name, or of the main process.
    fn state_of(&mut self, process: Option<&str>) -> Result<State>;

    /// Those that have been started and not been stopped: name, number, and whether it runs.
    fn processes(&mut self) -> Result<Vec<(String, u32, bool)>>;

    /// Gives the instance back, and waits until that is done.
    fn give_back(&mut self);
}
