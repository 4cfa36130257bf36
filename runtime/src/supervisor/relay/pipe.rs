//! One direction of a connection.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use super::bucket::Bucket;
use crate::connect::Stream;

/// How much is read at once.
const PIECE: usize = 128 << 10;

/// How much may wait here, and how much if it waits for the delay: at 100 ms, 40 MiB a second.
const ROOM: usize = 256 << 10;
const ROOM_FOR_DELAY: usize = 4 << 20;

/// What comes this soon after what waits is put to it, so that small pieces take no more room than they need.
const SOON: Duration = Duration::from_millis(1);

/// What has come from one side and waits until it may go to the other.
#[derive(Debug, Default)]
pub(super) struct Pipe {
    waiting: VecDeque<Piece>,
    length: usize,
    end: Option<(Instant, End)>,
    /// Whether the end has gone to the other side too.
    is_over: bool,
    /// Whether the other side takes no more at the moment.
    is_full: bool,
}

#[derive(Debug)]
struct Piece {
    begun: Instant,
    come: Instant,
    /// Those from `sent` to `length` are still to be sent. A buffer that was nearly full is kept as it is.
    bytes: Vec<u8>,
    length: usize,
    sent: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    /// It sends no more.
    Closed,
    Reset,
}

impl Pipe {
    /// Whether more is read.
    pub(super) fn has_room(&self, delay: Duration) -> bool {
        let room = match delay {
            Duration::ZERO => ROOM,
            _ => ROOM_FOR_DELAY,
        };
        self.end.is_none() && self.length + PIECE <= room
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over
    }

    /// Whether it waits for the other side to take more.
    pub(super) fn is_full(&self) -> bool {
        self.is_full
    }

    /// When the next byte or the end may go, as far as that is a matter of time.
    pub(super) fn due(&self, delay: Duration, bucket: &Bucket, now: Instant) -> Option<Instant> {
        let come = match (self.waiting.front(), self.end) {
            _ if self.is_full => return None,
            (Some(piece), _) => piece.come,
            (None, Some((ended, _))) if !self.is_over => return ended.checked_add(delay),
            (None, _) => return None,
        };
        let due = come.checked_add(delay)?;
        Some(bucket.again(now).map_or(due, |again| again.max(due)))
    }

    /// Reads what has come, and returns whether it was so much that there may be more. `spare` is a buffer of before, if there is one: without
    /// optimisation it takes long to fill one with zeros.
    pub(super) fn receive(&mut self, from: &Stream, spare: &mut Vec<u8>, now: Instant) -> bool {
        if spare.is_empty() {
            *spare = vec![0; PIECE];
        }
        match from.receive(spare) {
            Ok(0) => self.end = Some((now, End::Closed)),
            Ok(length) => {
                self.keep(spare, length, now);
                return length >= PIECE / 2;
            }
            Err(error) if is_early(&error) => {}
            Err(_) => self.end = Some((now, End::Reset)),
        }
        false
    }

    fn keep(&mut self, spare: &mut Vec<u8>, length: usize, now: Instant) {
        self.length += length;
        let read = spare.get(..length).unwrap_or_default();
        if let Some(last) = self.waiting.back_mut()
            && last.bytes.len() == last.length
            && last.length + length <= PIECE
            && now.saturating_duration_since(last.begun) < SOON
        {
            last.come = now;
            last.bytes.extend_from_slice(read);
            last.length += length;
            return;
        }
        let bytes = match length < PIECE / 2 {
            true => read.to_vec(),
            false => std::mem::take(spare),
        };
        self.waiting.push_back(Piece {
            begun: now,
            come: now,
            bytes,
            length,
            sent: 0,
        });
    }

    /// Sends what may go. An error means that one side is gone.
    pub(super) fn send(
        &mut self,
        to: &Stream,
        spare: &mut Vec<u8>,
        delay: Duration,
        bucket: &mut Bucket,
        now: Instant,
    ) -> io::Result<()> {
        self.is_full = false;
        while let Some(piece) = self.waiting.front_mut() {
            let most = bucket.allows(now);
            if now.saturating_duration_since(piece.come) < delay || most == 0 {
                return Ok(());
            }
            let left = piece.bytes.get(piece.sent..piece.length);
            let left = left.unwrap_or_default();
            match to.send(left.get(..most).unwrap_or(left)) {
                Ok(sent) => {
                    piece.sent += sent;
                    self.length -= sent;
                    bucket.pass(sent, now);
                }
                Err(error) if is_early(&error) => {
                    self.is_full = true;
                    return Ok(());
                }
                Err(error) => return Err(error),
            }
            if piece.sent == piece.length
                && let Some(piece) = self.waiting.pop_front()
                && piece.bytes.len() == PIECE
            {
                *spare = piece.bytes;
            }
        }
        match self.end {
            Some((ended, end))
                if !self.is_over && now.saturating_duration_since(ended) >= delay =>
            {
                self.is_over = true;
                match end {
                    End::Closed => to.close_sending(),
                    End::Reset => Err(io::ErrorKind::ConnectionReset.into()),
                }
            }
            _ => Ok(()),
        }
    }
}

/// Whether there is nothing to read or no room to write yet.
fn is_early(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}
