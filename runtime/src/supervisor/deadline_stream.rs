//! A stream whose reads and writes have a deadline.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::net::UnixStream;

use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, recv, send};

use crate::deadline::Deadline;
use crate::process::{Interest, wait};

/// Reads and writes, but waits for the other side no longer than until the deadline: then the error is of the kind `TimedOut`.
pub(super) struct DeadlineStream<'a> {
    stream: &'a UnixStream,
    until: Deadline,
}

impl<'a> DeadlineStream<'a> {
    pub(super) fn new(stream: &'a UnixStream, until: Deadline) -> Self {
        Self { stream, until }
    }

    fn wait(&self, interest: Interest<'_>) -> io::Result<()> {
        match wait(&[interest], self.until)?.first() {
            Some(true) => Ok(()),
            _ => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Read for DeadlineStream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Mostly it is there already.
        loop {
            match recv(self.stream.as_raw_fd(), buffer, MsgFlags::MSG_DONTWAIT) {
                Err(Errno::EAGAIN) => self.wait(Interest::readable(self.stream.as_fd()))?,
                Err(Errno::EINTR) => {}
                read => return Ok(read?),
            }
        }
    }
}

impl Write for DeadlineStream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Without these, it would not come back until the other side has taken all of it, or end this process.
        let flags = MsgFlags::MSG_DONTWAIT | MsgFlags::MSG_NOSIGNAL;
        loop {
            match send(self.stream.as_raw_fd(), bytes, flags) {
                Err(Errno::EAGAIN) => self.wait(Interest::writable(self.stream.as_fd()))?,
                Err(Errno::EINTR) => {}
                sent => return Ok(sent?),
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);

    #[test]
    fn nobody_is_waited_for_after_the_deadline() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let mut stream = DeadlineStream::new(&ours, Deadline::after(SHORT));
        let read = stream.read(&mut [0]).unwrap_err();
        assert_eq!(read.kind(), io::ErrorKind::TimedOut);
        // More than the system buffers for a peer that does not read.
        let written = stream.write_all(&vec![0; 16 << 20]).unwrap_err();
        assert_eq!(written.kind(), io::ErrorKind::TimedOut);
    }

    #[test]
    fn what_is_there_is_read_and_the_end_is_seen() {
        let (ours, theirs) = UnixStream::pair().unwrap();
        (&theirs).write_all(b"ab").unwrap();
        drop(theirs);
        let mut said = String::new();
        let mut stream = DeadlineStream::new(&ours, Deadline::after(Duration::from_secs(60)));
        stream.read_to_string(&mut said).unwrap();
        assert_eq!(said, "ab");
        assert_eq!(
            stream.write(b"c").unwrap_err().kind(),
            io::ErrorKind::BrokenPipe
        );
    }
}
