//! The kinds of executors; they only tell the types apart.

use crate::ready::Readiness;

/// A kind of executor: what functions over all of them are generic over.
///
/// ```no_run
/// use fixtured::executor::{ExecutorOf, Kind};
///
/// fn pid<K: Kind>(executor: &ExecutorOf<K>) -> u32 {
///     executor.pid().unwrap()
/// }
/// ```
///
/// It is sealed: only the executors of this crate have one.
pub trait Kind: Sealed + Send + 'static {}

/// What is not for users.
pub trait Sealed {
    /// The name of the executor.
    const NAME: &str;

    /// The check that only this process can make.
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
    Simple "SimpleExecutor" "Runs.";
    Output "OutputExecutor" "Prints a line.";
    Tcp "TcpExecutor" "Accepts a TCP connection.";
    UnixSocket "UnixSocketExecutor" "Accepts a connection on a unix socket.";
    Http "HttpExecutor" "Answers a request.";
    Pid "PidExecutor" "Makes a file.";
}

/// Does what the user checks.
pub struct Own(pub(super) Box<dyn Readiness>);

impl Sealed for Own {
    const NAME: &str = "Executor";

    fn own(&mut self) -> Option<&mut dyn Readiness> {
        Some(&mut *self.0)
    }
}
