//! Ways to end, or not to.

use std::io::Write;
use std::process::exit;

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::pause;

use crate::Told;

pub(crate) fn exit_with(told: &Told) {
    eprintln!("cannot go on: the moon is full");
    exit(told.parameter.unwrap_or(7) as i32);
}

pub(crate) fn exit_zero(_: &Told) {
    exit(0);
}

pub(crate) fn ready_then_die(told: &Told) {
    say_ready();
    eprintln!("so ends {}", told.marks.join(" "));
    exit(9);
}

pub(crate) fn never(_: &Told) {
    stay();
}

pub(crate) fn ignore_term(_: &Told) {
    let _ = SigSet::from(Signal::SIGTERM).thread_block();
    say_ready();
    stay();
}

pub(crate) fn say_ready() {
    println!("ready");
    let _ = std::io::stdout().flush();
}

/// Waits to be killed.
pub(crate) fn stay() -> ! {
    loop {
        pause();
    }
}
