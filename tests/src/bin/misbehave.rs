//! Programs that misbehave, each in its own way. Whatever follows the first argument only marks the process for the test.
#![expect(
    unsafe_code,
    reason = "forking faster than one is killed takes a bare fork"
)]

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio, exit};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal};
use nix::unistd::{ForkResult, fork, pause, setsid};

fn main() {
    let way = std::env::args().nth(1).unwrap_or_default();
    match way.as_str() {
        "ignore-term" => {
            let _ = SigSet::from(Signal::SIGTERM).thread_block();
            ready();
        }
        "detach" => {
            again("detach-further");
            ready();
        }
        "detach-further" => {
            // A session of its own, then a child that clears its environment and loses its parent.
            let _ = setsid();
            again("detached");
            exit(0);
        }
        "detached" => {
            let _ = setsid();
            let _ = SigSet::from(Signal::SIGTERM).thread_block();
            pause();
        }
        "leave-daemon" => {
            again("detach-further");
            ready_and_exit(0);
        }
        "fork-away" => {
            println!("ready");
            fork_away();
        }
        "exit" => {
            eprintln!("cannot go on: the moon is full");
            exit(7);
        }
        "exit-zero" => exit(0),
        "flood" => loop {
            println!("{}", "x".repeat(1000));
        },
        "never" => loop {
            pause();
        },
        other => {
            eprintln!("unknown way to misbehave: {other}");
            exit(2);
        }
    }
}

/// Says that it is ready, and waits to be killed.
fn ready() -> ! {
    println!("ready");
    let _ = std::io::stdout().flush();
    loop {
        pause();
    }
}

fn ready_and_exit(code: i32) -> ! {
    println!("ready");
    exit(code)
}

/// Runs this program again, in another way, without environment and output.
fn again(way: &str) {
    let marks = std::env::args().skip(2);
    let program = std::env::current_exe().unwrap_or_default();
    let mut command = Command::new(program);
    command.arg(way).args(marks).env_clear().process_group(0);
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _ = command.spawn();
}

/// Leaves its session and forks, again and again: each process lives just long enough to have a child. It gives up after two
/// minutes, should nobody be able to end it.
fn fork_away() -> ! {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(120) {
        // SAFETY: this process has one thread.
        match unsafe { fork() } {
            Ok(ForkResult::Parent { .. }) => exit(0),
            Ok(ForkResult::Child) => drop(setsid()),
            Err(_) => {}
        }
    }
    exit(1)
}
