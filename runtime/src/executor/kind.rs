//! Marker types for the kinds of executors.

use crate::ready::Readiness;

/// A kind of executor, for functions that accept any of them:
///
/// ```no_run
/// use fixtured::executor::{ExecutorOf, Kind};
///
/// fn pid<K: Kind>(executor: &ExecutorOf<K>) -> u32 {
///     executor.pid().unwrap()
/// }
/// ```
///
/// The trait is sealed.
pub trait Kind: Sealed + Send + 'static {}

/// The private part of [`Kind`].
pub trait Sealed {
    /// The name of the executor type.
    const NAME: &str;

    /// The condition that only this process can check.
    fn own(&mut self) -> Option<&mut dyn Readiness> {
        None
    }
}

impl<K: Sealed + Send + 'static> Kind for K {}

macro_rules! kinds {
    ($($kind:ident $name:literal $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Debug)]
        pub struct $kind(pub(super) ());

        impl Sealed for $kind {
            const NAME: &str = $name;
        }
    )*};
}

kinds! {
    Simple "SimpleExecutor" "Ready when started.";
    Output "OutputExecutor" "Ready when it prints a line.";
    Tcp "TcpExecutor" "Ready when it accepts a TCP connection.";
    UnixSocket "UnixSocketExecutor" "Ready when it accepts a connection on a Unix socket.";
    Http "HttpExecutor" "Ready when it answers an HTTP request.";
    Pid "PidExecutor" "Ready when it has created a file.";
}

/// Ready when a custom condition holds.
pub struct Own(pub(super) Box<dyn Readiness>);

impl Sealed for Own {
    const NAME: &str = "Executor";

    fn own(&mut self) -> Option<&mut dyn Readiness> {
        Some(&mut *self.0)
    }
}
