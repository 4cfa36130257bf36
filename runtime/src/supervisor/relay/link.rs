//! One connection of a client, and the one to the server that belongs to it.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::bucket::Bucket;
use super::pipe::Pipe;
use crate::connect::{Progress, Race, Stream};
use crate::deadline::Deadline;
use crate::process::{Interest, reset_on_close};

/// How often something is passed on before the others have their turn.
const TURNS: usize = 16;

/// What holds for all connections of a wire.
#[derive(Debug)]
pub(super) struct Conditions {
    /// How long each byte takes in either direction.
    pub(super) delay: Duration,
    /// How fast bytes go to the server, and to clients.
    pub(super) up: Bucket,
    pub(super) down: Bucket,
    /// Room for a piece, which is made once.
    pub(super) spare: Vec<u8>,
}

/// One connection of a client.
pub(super) struct Link {
    client: Stream,
    server: Server,
    up: Pipe,
    down: Pipe,
}

enum Server {
    Connecting(Race),
    Connected(Stream),
}

impl Link {
    /// A client that has come, and wants to reach the first of these addresses that accepts.
    pub(super) fn new(client: TcpStream, towards: &[SocketAddr]) -> io::Result<Self> {
        Ok(Self {
            client: Stream::accepted(client)?,
            server: Server::Connecting(Race::new(towards, None)),
            up: Pipe::default(),
            down: Pipe::default(),
        })
    }

    /// What it waits for.
    pub(super) fn interests<'a>(
        &'a self,
        conditions: &Conditions,
        interests: &mut Vec<Interest<'a>>,
    ) {
        let server = match &self.server {
            Server::Connecting(race) => return interests.extend(race.wakes()),
            Server::Connected(server) => server,
        };
        for (from, to, pipe) in [
            (&self.client, server, &self.up),
            (server, &self.client, &self.down),
        ] {
            if pipe.has_room(conditions.delay) {
                interests.push(Interest::readable(from.fd()));
            }
            if pipe.is_full() {
                interests.push(Interest::writable(to.fd()));
            }
        }
    }

    /// How long it waits for that.
    pub(super) fn until(&self, conditions: &Conditions, now: Instant) -> Deadline {
        match &self.server {
            Server::Connecting(race) => race.again().map_or(Deadline::NONE, Deadline::after),
            Server::Connected(_) => {
                let up = self.up.due(conditions.delay, &conditions.up, now);
                let down = self.down.due(conditions.delay, &conditions.down, now);
                let left = up.into_iter().chain(down).min();
                left.map_or(Deadline::NONE, |due| {
                    Deadline::after(due.saturating_duration_since(now))
                })
            }
        }
    }

    /// Passes on what can be. Returns whether the connection goes on; if it has broken on one side, it has been reset on the other.
    pub(super) fn work(&mut self, conditions: &mut Conditions) -> bool {
        if let Server::Connecting(race) = &mut self.server {
            match race.look() {
                Progress::Connected(server) => self.server = Server::Connected(server),
                Progress::Waits => return true,
                Progress::Failed(_) => {
                    self.reset();
                    return false;
                }
            }
        }
        if self.pass(conditions).is_err() {
            self.reset();
            return false;
        }
        !(self.up.is_over() && self.down.is_over())
    }

    fn pass(&mut self, conditions: &mut Conditions) -> io::Result<()> {
        let Server::Connected(server) = &self.server else {
            return Ok(());
        };
        let Conditions {
            delay,
            up,
            down,
            spare,
        } = conditions;
        let mut directions = [
            (&self.client, server, &mut self.up, up),
            (server, &self.client, &mut self.down, down),
        ];
        for _ in 0..TURNS {
            let mut is_more = false;
            for (from, to, pipe, bucket) in &mut directions {
                let now = Instant::now();
                if pipe.has_room(*delay) {
                    is_more |= pipe.receive(from, spare, now);
                }
                pipe.send(to, spare, *delay, bucket, now)?;
            }
            if !is_more {
                break;
            }
        }
        Ok(())
    }

    /// Has both sides see a reset.
    pub(super) fn reset(&self) {
        let sides = match &self.server {
            Server::Connecting(_) => [Some(&self.client), None],
            Server::Connected(server) => [Some(&self.client), Some(server)],
        };
        for side in sides.into_iter().flatten() {
            // The close that follows is then an end like any other.
            let _ = reset_on_close(&side.fd());
        }
    }
}
