//! What the supervisor orders a keeper to do.
#![expect(
    unsafe_code,
    reason = "a keeper, forked from a process with threads, must receive without allocating"
)]

use std::io::IoSlice;
use std::os::fd::{AsRawFd, BorrowedFd, RawFd};
use std::time::Duration;

use nix::libc::{self, c_int};
use nix::sys::socket::{ControlMessage, MsgFlags, sendmsg};

use super::signal::Kill;

/// What the supervisor orders a keeper to do with all that descends from it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    /// Ask it to end in this way.
    End(Kill),
    /// Stop it with SIGSTOP.
    Pause,
    /// Resume it with SIGCONT.
    Resume,
}

/// What a keeper has received.
pub(super) enum Received {
    /// An order, and the descriptor that gets a byte when it is done; -1 if nobody waits for that.
    Order(Order, RawFd),
    /// The supervisor is gone.
    Gone,
    Nothing,
}

/// What kind of order it is, and for an end the signal, the next one, and milliseconds between them.
type Numbers = [i32; 4];

const END: i32 = 0;
const PAUSE: i32 = 1;
const RESUME: i32 = 2;

/// Room for the header of a message with one descriptor, aligned like it.
type Header = [u64; 4];

impl Order {
    /// Sends it without waiting. A keeper that is gone has nothing left to do, and one that reads nothing any more is not waited for.
    pub(super) fn send(self, control: BorrowedFd<'_>, answer: Option<BorrowedFd<'_>>) {
        let numbers: Numbers = match self {
            Self::End(Kill {
                signal,
                then,
                grace,
            }) => {
                let grace = i32::try_from(grace.as_millis()).unwrap_or(i32::MAX);
                [END, signal, then, grace]
            }
            Self::Pause => [PAUSE, 0, 0, 0],
            Self::Resume => [RESUME, 0, 0, 0],
        };
        let bytes: Vec<u8> = numbers
            .iter()
            .flat_map(|number| number.to_ne_bytes())
            .collect();
        let answer = answer.map(|fd| [fd.as_raw_fd()]);
        let rights: Vec<_> = answer
            .iter()
            .map(|fds| ControlMessage::ScmRights(fds))
            .collect();
        let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
        let _ = sendmsg::<()>(
            control.as_raw_fd(),
            &[IoSlice::new(&bytes)],
            &rights,
            flags,
            None,
        );
    }

    /// Receives one if there is one, in a keeper.
    pub(super) fn receive(control: RawFd) -> Received {
        let mut numbers = Numbers::default();
        let size = size_of_val(&numbers);
        let mut header = Header::default();
        let mut part = libc::iovec {
            iov_base: numbers.as_mut_ptr().cast(),
            iov_len: size,
        };
        let mut answer = -1;
        // SAFETY: all that the message points to outlives the call, any bytes are valid integers, and the system writes the headers.
        let read = unsafe {
            let mut message = std::mem::zeroed::<libc::msghdr>();
            message.msg_iov = &raw mut part;
            message.msg_iovlen = 1;
            message.msg_control = header.as_mut_ptr().cast();
            message.msg_controllen = size_of_val(&header) as _;
            let flags = libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC;
            let read = libc::recvmsg(control, &raw mut message, flags);
            let first = libc::CMSG_FIRSTHDR(&raw const message);
            if read >= 0 && !first.is_null() && (*first).cmsg_type == libc::SCM_RIGHTS {
                answer = libc::CMSG_DATA(first).cast::<c_int>().read_unaligned();
            }
            read
        };
        let [kind, signal, then, grace] = numbers;
        match (read, kind) {
            (0, _) => Received::Gone,
            (read, _) if read != size as isize => Received::Nothing,
            (_, PAUSE) => Received::Order(Self::Pause, answer),
            (_, RESUME) => Received::Order(Self::Resume, answer),
            _ => {
                let grace = Duration::from_millis(grace.unsigned_abs().into());
                let kill = Kill {
                    signal,
                    then,
                    grace,
                };
                Received::Order(Self::End(kill), answer)
            }
        }
    }
}

/// Tells through this descriptor that an order is done, or only closes it if it is not done; -1 stands for none.
pub(super) fn answer(fd: RawFd, done: bool) {
    if fd < 0 {
        return;
    }
    // SAFETY: the descriptor came with an order and is used nowhere else; nobody may be there to read, which does not matter.
    unsafe {
        if done {
            libc::write(fd, [1_u8].as_ptr().cast(), 1);
        }
        libc::close(fd);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Read};
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixDatagram;

    use super::*;

    #[test]
    fn orders_arrive_with_the_way_to_answer() {
        let (ours, theirs) = UnixDatagram::pair().unwrap();
        let receive = || Order::receive(theirs.as_raw_fd());
        let kill = Kill {
            signal: 15,
            then: 9,
            grace: Duration::from_millis(1500),
        };
        Order::End(kill).send(ours.as_fd(), None);
        match receive() {
            Received::Order(Order::End(it), -1) => {
                assert_eq!((it.signal, it.then, it.grace), (15, 9, kill.grace));
            }
            _ => panic!("another order"),
        }
        for (order, done) in [(Order::Pause, true), (Order::Resume, false)] {
            let (mut told, tell) = io::pipe().unwrap();
            order.send(ours.as_fd(), Some(tell.as_fd()));
            drop(tell);
            match (receive(), done) {
                (Received::Order(Order::Pause, fd), true)
                | (Received::Order(Order::Resume, fd), false) => answer(fd, done),
                _ => panic!("another order"),
            }
            let mut said = Vec::new();
            told.read_to_end(&mut said).unwrap();
            assert_eq!(said, if done { vec![1] } else { vec![] });
        }
        assert!(matches!(receive(), Received::Nothing));
    }
}
