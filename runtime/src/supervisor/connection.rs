//! A client's conversation with the supervisor.

use std::io;
use std::net::Shutdown;
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use super::allowance::{Allowance, MARGIN};
use super::deadline_stream::DeadlineStream;
use super::protocol::{Reply, Request, receive, send};
use crate::deadline::Deadline;
use crate::error::{Cause, limits};
use crate::process::{Interest, is_stopped, wait};

/// How many times the margin a supervisor is given once more that runs and yet has not answered in time: the machine is very busy.
const AGAIN: u32 = 3;

/// One connection to a supervisor. A reply that does not come in time is the end of it, since it could not be told from the next one.
#[derive(Debug)]
pub(super) struct Connection {
    stream: Arc<UnixStream>,
    /// The number of the supervisor's process.
    supervisor: u32,
    over: Option<Cause>,
}

/// Ends a connection from elsewhere.
#[derive(Clone, Debug)]
pub(crate) struct Hangup(Arc<UnixStream>);

impl Connection {
    pub(super) fn new(stream: UnixStream, supervisor: u32) -> Self {
        Self {
            stream: Arc::new(stream),
            supervisor,
            over: None,
        }
    }

    pub(super) fn supervisor(&self) -> u32 {
        self.supervisor
    }

    pub(super) fn hangup(&self) -> Hangup {
        Hangup(Arc::clone(&self.stream))
    }

    /// Asks, and waits for the answer.
    pub(super) fn ask(&mut self, request: &Request, allowance: Allowance) -> Result<Reply, Cause> {
        self.send(request, allowance)?;
        self.reply(allowance)
    }

    /// The same without waiting for an answer, even if the machine is busy.
    pub(super) fn ask_briefly(
        &mut self,
        request: &Request,
        allowance: Allowance,
    ) -> Result<Reply, Cause> {
        self.send(request, allowance)?;
        self.receive(allowance.until, allowance)
    }

    /// Asks, and does not wait for the answer.
    pub(super) fn send(&mut self, request: &Request, allowance: Allowance) -> Result<(), Cause> {
        self.goes_on()?;
        match send(DeadlineStream::new(&self.stream, allowance.until), request) {
            Ok(()) => Ok(()),
            Err(error) => {
                // One that refuses to listen may have said why.
                let parting = receive(DeadlineStream::new(&self.stream, Allowance::prompt().until));
                Err(match parting {
                    Ok(Some(Reply::Failed(cause))) => cause,
                    _ => self.failed(error, allowance),
                })
            }
        }
    }

    /// Waits for an answer.
    pub(super) fn reply(&mut self, allowance: Allowance) -> Result<Reply, Cause> {
        self.goes_on()?;
        let said = Interest::readable(self.stream.as_fd());
        let in_time = wait(&[said], allowance.until).is_ok_and(|said| said == [true]);
        let until = match in_time || is_stopped(self.supervisor) {
            true => allowance.until,
            false => Allowance::of(MARGIN.saturating_mul(AGAIN)).until,
        };
        self.receive(until, allowance)
    }

    fn receive(&mut self, until: Deadline, allowance: Allowance) -> Result<Reply, Cause> {
        match receive(DeadlineStream::new(&self.stream, until)) {
            Ok(Some(Reply::Failed(cause))) => Err(cause),
            Ok(Some(reply)) => Ok(reply),
            Ok(None) => Err(lost(&"it closed the connection")),
            Err(error) => Err(self.failed(error, allowance)),
        }
    }

    fn goes_on(&self) -> Result<(), Cause> {
        self.over.clone().map_or(Ok(()), Err)
    }

    fn failed(&mut self, error: io::Error, allowance: Allowance) -> Cause {
        let cause = match error.kind() {
            io::ErrorKind::TimedOut => Cause::NoAnswer {
                supervisor: self.supervisor,
                after: allowance.whole,
                is_stopped: is_stopped(self.supervisor),
            },
            _ => lost(&error),
        };
        self.over = Some(cause.clone());
        // What this client holds is released when the supervisor continues.
        let _ = self.stream.shutdown(Shutdown::Both);
        cause
    }
}

impl Hangup {
    /// Whoever waits for a reply gets an error.
    pub(crate) fn now(&self) {
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

fn lost(reason: &dyn std::fmt::Display) -> Cause {
    Cause::SessionEnded {
        why: format!(
            "the supervisor is gone ({reason}), and its daemons with it{}",
            limits()
        ),
    }
}

#[cfg(test)]
mod tests {
    use std::process::{Child, Command};
    use std::thread;
    use std::time::Duration;

    use nix::sys::signal::{Signal, kill};
    use nix::unistd::Pid;

    use super::*;
    use crate::deadline::Deadline;
    use crate::error::{Error, ErrorKind};

    fn short() -> Allowance {
        let whole = Duration::from_millis(20);
        Allowance {
            whole,
            until: Deadline::after(whole),
        }
    }

    /// A process that is stopped, as a supervisor may be.
    struct Stopped(Child);

    impl Stopped {
        fn new() -> Self {
            let child = Command::new("sleep").arg("1000").spawn().unwrap();
            kill(Pid::from_raw(child.id() as i32), Signal::SIGSTOP).unwrap();
            while !is_stopped(child.id()) {
                thread::yield_now();
            }
            Self(child)
        }
    }

    impl Drop for Stopped {
        fn drop(&mut self) {
            self.0.kill().unwrap();
            self.0.wait().unwrap();
        }
    }

    #[test]
    fn a_supervisor_that_is_stopped_is_waited_for_once() {
        let stopped = Stopped::new();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let mut connection = Connection::new(ours, stopped.0.id());
        let error = connection.ask(&Request::Status, short()).unwrap_err();
        assert_eq!(Error::from(error.clone()).kind(), ErrorKind::TimeoutExpired);
        let pid = stopped.0.id();
        let wanted = format!(
            "the supervisor (pid {pid}) did not answer within 20 ms: its process is stopped"
        );
        assert!(error.to_string().starts_with(&wanted), "{error}");
        // What it says later is an answer to nothing.
        let _ = send(&theirs, &Reply::Done);
        let again = connection.ask(&Request::Status, Allowance::prompt());
        assert_eq!(again.unwrap_err().to_string(), error.to_string());
        // The other side sees that this client is gone.
        let first: Option<Request> = receive(&theirs).unwrap();
        assert_eq!(first, Some(Request::Status));
        assert!(receive::<Request>(&theirs).unwrap().is_none());
    }

    #[test]
    fn half_a_reply_is_none() {
        let stopped = Stopped::new();
        let (ours, theirs) = UnixStream::pair().unwrap();
        io::Write::write_all(&mut &theirs, &[0, 0, 0, 9, b'{']).unwrap();
        let mut connection = Connection::new(ours, stopped.0.id());
        let error = connection.reply(short()).unwrap_err();
        assert_eq!(
            Error::from(error.clone()).kind(),
            ErrorKind::TimeoutExpired,
            "{error}"
        );
    }

    #[test]
    fn who_is_refused_is_told_why() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        send(&theirs, &Reply::Failed(Cause::io("serve", "too many"))).unwrap();
        drop(theirs);
        let mut connection = Connection::new(ours, std::process::id());
        let error = connection
            .ask(&Request::Status, Allowance::prompt())
            .unwrap_err();
        assert_eq!(error.to_string(), "cannot serve: too many");
    }

    #[test]
    fn a_supervisor_that_is_gone_is_the_end() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        drop(theirs);
        let mut connection = Connection::new(ours, std::process::id());
        let error = connection
            .ask(&Request::Status, Allowance::prompt())
            .unwrap_err();
        assert_eq!(Error::from(error).kind(), ErrorKind::SessionEnded);
    }

    #[test]
    fn hanging_up_ends_a_wait() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let mut connection = Connection::new(ours, std::process::id());
        let hangup = connection.hangup();
        thread::scope(|scope| {
            let waiting = scope.spawn(|| connection.reply(Allowance::prompt()).map(drop));
            hangup.now();
            assert!(waiting.join().unwrap().is_err());
        });
    }
}
