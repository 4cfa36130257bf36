//! The supervisor's side of a conversation with one client.

use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::time::Duration;

use nix::sys::socket::{getsockopt, sockopt::PeerCredentials};
use nix::unistd::geteuid;

use super::acquired::{Acquired, Turn};
use super::deadline_stream::DeadlineStream;
use super::grant::Grant;
use super::launch_request::LaunchRequest;
use super::protocol::{Reply, Request, receive, send};
use super::registry::Registry;
use crate::deadline::Deadline;
use crate::error::Cause;
use crate::hold::How;
use crate::process::{Interest, wait};
use crate::startup::ABANDONED_GRACE;

/// How long a client may take for a message that it has begun to send, for its first one, and to read what it is told. Between its
/// requests it may do what it likes.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serves one client until it is gone.
pub(super) fn serve(stream: &UnixStream, registry: &Arc<Registry>) {
    // On some systems an accepted socket inherits this.
    let _ = stream.set_nonblocking(false);
    let peer = getsockopt(stream, PeerCredentials);
    if !peer.is_ok_and(|peer| peer.uid() == geteuid().as_raw()) {
        return;
    }
    let mut client = ClientConnection::default();
    let mut begins = Deadline::after(PATIENCE);
    while let Some(request) = listen(stream, begins, PATIENCE) {
        let reply = client.answer(request, registry, stream);
        let reply = reply.unwrap_or_else(Reply::Failed);
        if send(
            DeadlineStream::new(stream, Deadline::after(PATIENCE)),
            &reply,
        )
        .is_err()
        {
            break;
        }
        begins = Deadline::NONE;
    }
    if let Some(grant) = client.grant {
        let how = How {
            grace: Some(ABANDONED_GRACE),
            ..How::default()
        };
        let _ = grant.release(&how, None);
    }
}

/// The next request; `None` if there is none, or not all of it.
fn listen(stream: &UnixStream, begins: Deadline, patience: Duration) -> Option<Request> {
    if wait(&[Interest::readable(stream.as_fd())], begins).ok()? != [true] {
        return None;
    }
    let whole = Deadline::after(patience);
    receive(DeadlineStream::new(stream, whole)).ok()?
}

/// What one client has.
#[derive(Default)]
struct ClientConnection {
    grant: Option<Grant>,
    preparing: Option<Turn>,
}

impl ClientConnection {
    fn answer(
        &mut self,
        request: Request,
        registry: &Arc<Registry>,
        stream: &UnixStream,
    ) -> Result<Reply, Cause> {
        let nothing = || Cause::io("understand the client", "it holds no lease");
        match request {
            Request::Acquire {
                wanted,
                terms,
                test,
            } => {
                let client = stream.as_fd();
                let LaunchRequest {
                    launch,
                    environment,
                } = wanted;
                let acquired = registry.acquire(&launch, terms, &test, environment, client)?;
                Ok(self.take(acquired))
            }
            Request::Hold { wanted } => {
                let LaunchRequest {
                    launch,
                    environment,
                } = wanted;
                let told = |phase| {
                    // A client that is gone ends the start.
                    let _ = send(
                        DeadlineStream::new(stream, Deadline::after(PATIENCE)),
                        &Reply::Phase(phase),
                    );
                };
                let acquired = registry.hold(&launch, &environment, stream.as_fd(), &told)?;
                Ok(self.take(acquired))
            }
            Request::Prepared(result) => {
                let preparing = self.preparing.take().ok_or_else(nothing)?;
                let acquired = match preparing {
                    Turn::Part(preparing) => {
                        registry.prepared(*preparing, result, stream.as_fd())?
                    }
                    Turn::Server(filling) => registry.filled(*filling, result, stream.as_fd())?,
                };
                Ok(self.take(acquired))
            }
            Request::Stop { process, how } => {
                let grant = self.grant.as_ref().ok_or_else(nothing)?;
                let client = Some(stream.as_fd());
                let process = process.as_deref();
                let stopped = grant.own("stop", process)?;
                let stopped = stopped.shut_down(process, &how, client);
                stopped.map(|()| Reply::Done)
            }
            Request::Kill(process) => {
                let grant = self.grant.as_ref().ok_or_else(nothing)?;
                let process = process.as_deref();
                let killed = grant.own("kill", process)?.kill(process);
                killed.map(|()| Reply::Done)
            }
            Request::Pause(process) => {
                let grant = self.grant.as_ref().ok_or_else(nothing)?;
                let process = process.as_deref();
                let paused = grant.own("pause", process)?.pause(process);
                paused.map(|()| Reply::Done)
            }
            Request::Resume(process) => {
                let grant = self.grant.as_ref().ok_or_else(nothing)?;
                let process = process.as_deref();
                let resumed = grant.own("resume", process)?.resume(process);
                resumed.map(|()| Reply::Done)
            }
            Request::Start {
                process,
                environment,
            } => {
                let grant = self.grant.as_ref().ok_or_else(nothing)?;
                let process = process.as_deref();
                let facts = registry.again(grant, process, &environment, stream.as_fd())?;
                Ok(Reply::Acquired(Box::new(facts)))
            }
            Request::Reset => {
                let grant = self.grant.as_ref().ok_or_else(nothing)?;
                registry.reset(grant, stream.as_fd()).map(|()| Reply::Done)
            }
            Request::Wire(order) => {
                let grant = self.grant.as_ref().ok_or_else(nothing)?;
                grant.tell_wire(order).map(|()| Reply::Done)
            }
            Request::Processes => {
                let running = self.grant.as_ref().ok_or_else(nothing)?.running();
                Ok(Reply::Processes(running.status()))
            }
            Request::StateOf(process) => {
                let running = self.grant.as_ref().ok_or_else(nothing)?.running();
                let state = running.state_of(process.as_deref());
                state.map(Reply::StateOf)
            }
            Request::Release(how) => {
                let grant = self.grant.take().ok_or_else(nothing)?;
                let client = Some(stream.as_fd());
                grant.release(&how, client).map(|()| Reply::Done)
            }
            Request::Beside => {
                let grant = self.grant.as_ref().ok_or_else(nothing)?;
                Ok(Reply::Beside(grant.beside()))
            }
            Request::KeepLog(path) => {
                registry.logs.keep(&path);
                Ok(Reply::Kept(std::process::id()))
            }
            Request::Keep => {
                let grant = self.grant.take().ok_or_else(nothing)?;
                // What is kept is reached directly, since a wire may be cut.
                registry.keep(Grant {
                    wire: None,
                    ..grant
                });
                Ok(Reply::Kept(std::process::id()))
            }
            Request::Overview => Ok(Reply::Overview(Box::new(registry.overview()))),
            Request::Status => {
                let running = self.grant.as_ref().ok_or_else(nothing)?.running();
                Ok(Reply::Status {
                    runs: running.runs(),
                    ended: running.ended(),
                })
            }
        }
    }

    fn take(&mut self, acquired: Acquired) -> Reply {
        match acquired {
            Acquired::Grant(grant, facts) => {
                self.grant = Some(*grant);
                Reply::Acquired(Box::new(facts))
            }
            Acquired::Prepare(preparing, facts) => {
                self.preparing = Some(preparing);
                Reply::Prepare(Box::new(facts))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn half_a_message_is_not_waited_for() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (&theirs).write_all(&[0, 0, 0, 9, b'"']).unwrap();
        assert_eq!(listen(&ours, Deadline::NONE, SHORT), None);
    }

    #[test]
    fn who_connects_and_says_nothing_is_not_waited_for() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        assert_eq!(listen(&ours, Deadline::after(SHORT), LONG), None);
    }

    #[test]
    fn who_holds_something_may_be_silent() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        std::thread::scope(|scope| {
            let listening = scope.spawn(|| listen(&ours, Deadline::NONE, LONG));
            send(&theirs, &Request::Status).unwrap();
            assert_eq!(listening.join().unwrap(), Some(Request::Status));
        });
        drop(theirs);
        assert_eq!(listen(&ours, Deadline::NONE, LONG), None);
    }
}
