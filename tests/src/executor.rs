//! What tests ask of executors again and again.

use std::io::read_to_string;
use std::net::TcpListener;

use fixtured::ExecutorOf;
use fixtured::executor::Kind;

use crate::{alive, eventually};

/// Drops an executor that has been started, and looks whether anything is left of it: its process, its directory, a listener on its
/// port.
///
/// # Panics
///
/// If something is left.
pub fn drop_and_look<K: Kind>(executor: ExecutorOf<K>) {
    let (pid, port) = (executor.pid().unwrap(), executor.port().ok());
    let dir = executor.dir().unwrap().to_owned();
    assert!(dir.exists());
    drop(executor);
    assert!(!alive(pid), "process {pid} runs");
    assert!(!dir.exists(), "{} exists", dir.display());
    if let Some(port) = port {
        TcpListener::bind(("127.0.0.1", port)).unwrap();
    }
}

/// What the process has printed to standard output, once it ends with `end`.
///
/// # Panics
///
/// If it does not come to this before a deadline.
pub fn printed<K: Kind>(executor: &ExecutorOf<K>, end: &str) -> String {
    let read = || read_to_string(executor.output().unwrap()).unwrap();
    let look = || Some(read()).filter(|text| text.ends_with(end));
    eventually("it has printed", look).0
}
