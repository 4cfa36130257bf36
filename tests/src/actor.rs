//! A process that is told what to do.

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use crate::eventually;

/// A process that reads orders, one a line, and answers each with a line. It is killed when this is dropped.
#[derive(Debug)]
pub struct Actor {
    child: Child,
    orders: Option<ChildStdin>,
    told: usize,
    answers: Arc<Mutex<Vec<String>>>,
    listening: JoinHandle<()>,
}

impl Actor {
    /// Starts it.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn start(mut command: Command) -> io::Result<Self> {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let answers = Arc::<Mutex<Vec<_>>>::default();
        let output = child.stdout.take();
        let heard = Arc::clone(&answers);
        let listening = thread::spawn(move || {
            let output = output.map(BufReader::new).into_iter();
            for answer in output.flat_map(BufRead::lines).map_while(Result::ok) {
                heard
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push(answer);
            }
        });
        Ok(Self {
            orders: child.stdin.take(),
            child,
            told: 0,
            answers,
            listening,
        })
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Tells it what to do next, and does not wait for it. One that has ended does not hear it.
    pub fn tell(&mut self, order: &str) {
        if let Some(orders) = &mut self.orders {
            let _ = writeln!(orders, "{order}");
            self.told += 1;
        }
    }

    /// Its answers so far.
    pub fn answers(&self) -> Vec<String> {
        let answers = self.answers.lock();
        answers.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has done all that it was told, or has ended.
    pub fn settle(&self) {
        eventually("it has done all that it was told", || {
            (self.listening.is_finished() || self.answers().len() >= self.told).then_some(())
        });
    }

    /// Lets it end when it has done all that it was told, and waits until it has.
    pub fn leave(&mut self) {
        drop(self.orders.take());
        eventually("it ends", || self.child.try_wait().ok().flatten());
        eventually("nobody holds its output", || {
            self.listening.is_finished().then_some(())
        });
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        self.leave();
    }
}

/// A test that fails must not leave it behind.
impl Drop for Actor {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
