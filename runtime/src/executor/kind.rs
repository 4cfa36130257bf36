//! The kinds of executors; they only tell the types apart.

use crate::ready::Readiness;

/// A kind of executor.
pub trait Kind {
    /// Its name.
    const NAME: &str;

    /// The check that only this process can make.
    fn own(&mut self) -> Option<&mut dyn Readiness> {
        None
    }
}

macro_rules! kinds {
    ($($kind:ident $name:literal $doc:literal;)*) => {$(
        #[doc = $doc]
        #[derive(Debug)]
        pub struct $kind(pub(super) ());

        impl Kind for $kind {
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

impl Kind for Own {
    const NAME: &str = "Executor";

    fn own(&mut self) -> Option<&mut dyn Readiness> {
        Some(&mut *self.0)
    }
}
