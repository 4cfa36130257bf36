//! Closing a connection by a reset.

use std::io;
use std::os::fd::AsFd;

use nix::libc::linger;
use nix::sys::socket::{setsockopt, sockopt::Linger};

/// Has the next close of a TCP socket be a reset: the other side gets an error, and what it has not received yet is lost (socket(7)).
pub(crate) fn reset_on_close(socket: &impl AsFd) -> io::Result<()> {
    let at_once = linger {
        l_onoff: 1,
        l_linger: 0,
    };
    Ok(setsockopt(socket, Linger, &at_once)?)
}
