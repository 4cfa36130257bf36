//! Starts two processes by executors, says where they are, and leaves in the way that it is told.
//!
//! Arguments: the way, the program that misbehaves, a directory, and a mark. The first process writes a file there when it is asked to end;
//! the other has a descendant that cannot be seen to belong to it.

use std::error::Error;

use fixtured::{OutputExecutor, TcpExecutor};
use nix::sys::signal::{Signal, raise};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let [way, misbehave, directory, mark] = &args[..] else {
        return Err("usage: leave WAY MISBEHAVE DIRECTORY MARK".into());
    };
    let trap = format!("trap 'echo data > {directory}/data; exit 0' TERM");
    let wait = "echo ready; while :; do sleep 0.01; done";
    let mut graceful =
        OutputExecutor::new(["sh", "-c", &format!("{trap}; {wait}"), mark], "^ready$");
    graceful.start()?;
    let mut detaching = OutputExecutor::new([misbehave, "detach", mark], "^ready$").grace("300ms");
    detaching.start()?;
    let redis = format!(
        "redis-server --bind 127.0.0.1 --port {{port}} --save '' --pidfile {directory}/{mark}"
    );
    let mut redis = TcpExecutor::new(redis, "127.0.0.1", "{port}");
    redis.start()?;
    println!(
        "{} {} {} {} {} {}",
        graceful.pid()?,
        detaching.pid()?,
        redis.pid()?,
        redis.port()?,
        graceful.dir()?.display(),
        redis.dir()?.display()
    );
    leave(way)
}

/// What is in scope in `main` goes with it, or does not.
fn leave(way: &str) -> Result<(), Box<dyn Error>> {
    match way {
        "scope" => Ok(()),
        "error" => Err("as it was told".into()),
        #[expect(clippy::panic, reason = "as it was told")]
        "panic" => panic!("as it was told"),
        "exit" => std::process::exit(3),
        "abort" => std::process::abort(),
        "wait" => loop {
            std::thread::park();
        },
        signal => {
            raise(signal.parse::<Signal>()?)?;
            Ok(())
        }
    }
}
