//! The bytes between us and a server.

use std::fmt;
use std::io;
use std::ops::Range;
use std::os::fd::AsFd;
use std::sync::Arc;

use super::channel::Channel;
use super::connect::connect;
use super::patience::Patience;
use super::problem::{Kind, Problem};
use crate::launch::Tls;
use crate::process::Interest;

/// How much is asked for at once; most answers are shorter.
const PIECE: usize = 8 << 10;

/// What becomes readable when a process of the server ends, for as long as this is there.
pub(crate) type Process = Arc<dyn AsFd + Send + Sync>;

/// The processes of a server, as far as they are ours. One that waits for another, which has died, may hold a connection for a minute.
#[derive(Clone)]
pub(crate) struct Processes(Arc<Find>);

/// Finds them all; `None` if one is gone.
type Find = dyn Fn() -> Option<Vec<Process>> + Send + Sync;

impl Processes {
    pub(crate) fn new(find: impl Fn() -> Option<Vec<Process>> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }

    /// None: the server is external.
    pub(crate) fn none() -> Self {
        Self::new(|| Some(Vec::new()))
    }
}

impl fmt::Debug for Processes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Processes").finish_non_exhaustive()
    }
}

/// A stream whose reads and writes end at the deadline, when the client is gone, or when the server dies.
pub(super) struct Wire {
    channel: Channel,
    server: Processes,
    /// Room for a piece. It is made once: to fill it with zeros each time takes long without optimisation.
    received: Box<[u8]>,
    /// What has been received and not been asked for yet.
    there: Range<usize>,
    /// What came after it while something was written.
    early: Vec<u8>,
}

impl Wire {
    /// Connects to the path of a socket, or to `host:port`.
    pub(super) fn open(
        address: &str,
        server: &Processes,
        patience: &Patience<'_>,
    ) -> Result<Self, Problem> {
        Ok(Self {
            channel: Channel::new(connect(address, patience)?),
            server: server.clone(),
            received: vec![0; PIECE].into(),
            there: 0..0,
            early: Vec::new(),
        })
    }

    /// Encrypts everything from now on.
    pub(super) fn encrypt(&mut self, tls: &Tls, patience: &Patience<'_>) -> Result<(), Problem> {
        // Whoever is between us and the server may have sent what has come unencrypted.
        if !self.there.is_empty() || !self.early.is_empty() {
            return Err(malformed());
        }
        self.channel.encrypt(tls)?;
        let server = &self.server;
        while let Some(awaited) = self.channel.handshake()? {
            wait(server, &[awaited], patience)?;
        }
        Ok(())
    }

    pub(super) fn is_encrypted(&self) -> bool {
        self.channel.is_encrypted()
    }

    /// Writes all of it. A server that has much to say meanwhile is listened to: it would not go on reading.
    pub(super) fn write(
        &mut self,
        mut bytes: &[u8],
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        while !bytes.is_empty() || self.channel.holds_back() {
            match self.channel.send(bytes) {
                Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    let fd = self.channel.fd();
                    let either = [Interest::readable(fd), Interest::writable(fd)];
                    if self.wait(&either, patience)?.first() == Some(&true) {
                        self.listen()?;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Fills the buffer.
    pub(super) fn read(
        &mut self,
        mut rest: &mut [u8],
        patience: &Patience<'_>,
    ) -> Result<(), Problem> {
        loop {
            let there = self.received.get(self.there.clone()).unwrap_or_default();
            let count = there.len().min(rest.len());
            let (now, later) = rest.split_at_mut(count);
            now.copy_from_slice(there.get(..count).unwrap_or_default());
            self.there.start += count;
            rest = later;
            if rest.is_empty() {
                return Ok(());
            }
            self.receive(patience)?;
        }
    }

    /// Reads this many bytes. What takes room is only what comes: the number may be nonsense.
    pub(super) fn take(
        &mut self,
        count: usize,
        patience: &Patience<'_>,
    ) -> Result<Vec<u8>, Problem> {
        let mut taken = Vec::new();
        while taken.len() < count {
            let mut piece = vec![0; (count - taken.len()).min(8 * PIECE)];
            self.read(&mut piece, patience)?;
            taken.append(&mut piece);
        }
        Ok(taken)
    }

    /// Receives what there is, for later.
    fn listen(&mut self) -> Result<(), Problem> {
        let mut piece = [0; PIECE];
        match self.channel.receive(&mut piece) {
            Ok(0) => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
            Ok(received) => {
                self.early.extend(piece.iter().take(received));
                Ok(())
            }
            Err(error) if is_passing(&error) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads a line, and leaves out its end.
    pub(super) fn line(
        &mut self,
        longest: usize,
        patience: &Patience<'_>,
    ) -> Result<Vec<u8>, Problem> {
        let mut line = Vec::new();
        loop {
            let there = self.received.get(self.there.clone()).unwrap_or_default();
            let end = there.iter().position(|byte| *byte == b'\n');
            let part = there.get(..end.unwrap_or(there.len())).unwrap_or_default();
            line.extend(part);
            self.there.start += part.len() + usize::from(end.is_some());
            if line.len() > longest {
                return Err(malformed());
            }
            if end.is_some() {
                if line.last() == Some(&b'\r') {
                    line.pop();
                }
                return Ok(line);
            }
            self.receive(patience)?;
        }
    }

    /// Reads what comes next; nothing if the connection has been closed.
    pub(super) fn some(&mut self, patience: &Patience<'_>) -> Result<Vec<u8>, Problem> {
        if self.there.is_empty() {
            match self.receive(patience) {
                Err(problem) if problem.is_closed() => return Ok(Vec::new()),
                received => received?,
            }
        }
        let there = std::mem::take(&mut self.there);
        Ok(self.received.get(there).unwrap_or_default().to_vec())
    }

    /// Receives the next piece, when all that was received before has been read.
    fn receive(&mut self, patience: &Patience<'_>) -> Result<(), Problem> {
        if !self.early.is_empty() {
            let mut early = std::mem::take(&mut self.early);
            self.there = 0..early.len();
            early.resize(early.len().max(PIECE), 0);
            self.received = early.into();
            return Ok(());
        }
        // If it fails, nothing has been received.
        self.there = 0..0;
        loop {
            if !self.channel.has_received() {
                self.wait(&[Interest::readable(self.channel.fd())], patience)?;
            }
            match self.channel.receive(&mut self.received) {
                Ok(0) => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                Ok(received) => {
                    self.there = 0..received;
                    return Ok(());
                }
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn wait(&self, stream: &[Interest<'_>], patience: &Patience<'_>) -> Result<Vec<bool>, Problem> {
        wait(&self.server, stream, patience)
    }
}

/// Waits for the stream to a server; says for each of these whether it happened.
fn wait(
    server: &Processes,
    stream: &[Interest<'_>],
    patience: &Patience<'_>,
) -> Result<Vec<bool>, Problem> {
    let died = || Problem::new(Kind::Disconnected, "the server died");
    let processes = (server.0)().ok_or_else(died)?;
    let mut interests = stream.to_vec();
    let ends = processes.iter().map(|process| process.as_fd());
    interests.extend(ends.map(Interest::readable));
    let mut happened = patience.wait(&interests)?;
    happened.truncate(stream.len());
    match happened.contains(&true) {
        true => Ok(happened),
        false => Err(died()),
    }
}

fn is_passing(error: &io::Error) -> bool {
    [io::ErrorKind::WouldBlock, io::ErrorKind::Interrupted].contains(&error.kind())
}

/// What answers has lost its way, or is something else.
pub(super) fn malformed() -> Problem {
    Problem::new(Kind::Disconnected, "an answer that makes no sense")
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").finish_non_exhaustive()
    }
}
