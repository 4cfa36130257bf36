//! mirakuru, in a Python process that stays for the whole measurement.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::Result;

/// What the Python process runs.
const PROGRAM: &str = include_str!("mirakuru.py");

/// A Python process that starts servers with mirakuru. It ends when this is dropped.
#[derive(Debug)]
pub struct Mirakuru {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Mirakuru {
    /// Runs a Python that has mirakuru.
    pub fn new(python: &Path) -> Result<Self> {
        let mut child = Command::new(python)
            .args(["-c", PROGRAM])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run {}: {error}", python.display()))?;
        let stdin = child.stdin.take();
        let stdout = child.stdout.take().ok_or("it has no output")?;
        Ok(Self {
            child,
            stdin,
            lines: BufReader::new(stdout).lines(),
        })
    }

    /// Starts a command with the executor of this kind, and returns when `start()` had returned. `sleep` is the executor's option of
    /// this name, in seconds; if it is empty, mirakuru's default stays.
    pub fn start(
        &mut self,
        sleep: &str,
        kind: &str,
        target: &str,
        command: &[String],
    ) -> Result<f64> {
        self.tell(&format!(
            "{sleep}\t{kind}\t{target}\t{}",
            command.join("\t")
        ))?;
        Ok(self.answer()?.parse()?)
    }

    /// Kills what was started, and waits until it is gone: its end must not disturb what comes next.
    pub fn stop(&mut self) -> Result<()> {
        self.tell("stop")?;
        match self.answer()?.as_str() {
            "gone" => Ok(()),
            other => Err(format!("mirakuru answered `{other}`").into()),
        }
    }

    fn tell(&mut self, line: &str) -> Result<()> {
        let stdin = self.stdin.as_mut().ok_or("it has no input")?;
        Ok(writeln!(stdin, "{line}")?)
    }

    fn answer(&mut self) -> Result<String> {
        let line = self.lines.next();
        Ok(line.ok_or("mirakuru's process has ended; what it printed says why")??)
    }
}

impl Drop for Mirakuru {
    fn drop(&mut self) {
        // It kills what it has started, and ends when it is told nothing more.
        drop(self.stdin.take());
        let _ = self.child.wait();
    }
}
