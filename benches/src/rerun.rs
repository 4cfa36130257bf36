//! This program in a new process, which is a test run of its own.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::Result;

/// A process that reports with a line for each thing that it has to say.
#[derive(Debug)]
pub struct Process {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Runs this program with these arguments. Its standard input stays open, so that it can wait for being let go.
    pub fn start(args: &[&str], session: Option<u32>) -> Result<Self> {
        Self::with(args, session, None)
    }

    /// The same, with a variable set.
    pub fn with(
        args: &[&str],
        session: Option<u32>,
        variable: Option<(&str, &Path)>,
    ) -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        // Whoever runs the measurements may be in a test run.
        command
            .env_remove("NEXTEST_RUN_ID")
            .env_remove("FIXTURED_SESSION");
        if let Some(pid) = session {
            command.env("FIXTURED_SESSION", pid.to_string());
        }
        command.envs(variable);
        let mut child = command.spawn()?;
        let stdout = child.stdout.take().ok_or("it has no output")?;
        Ok(Self {
            child,
            lines: BufReader::new(stdout).lines(),
        })
    }

    /// The numbers and words of the next line.
    pub fn line(&mut self) -> Result<Vec<String>> {
        let line = self
            .lines
            .next()
            .ok_or("the process said less than expected")??;
        Ok(line.split(' ').map(Into::into).collect())
    }

    /// The numbers of the next line.
    pub fn numbers(&mut self) -> Result<Vec<f64>> {
        self.line()?.iter().map(|word| Ok(word.parse()?)).collect()
    }

    /// Lets the process go on, and waits for its end.
    pub fn finish(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        self.end()
    }

    /// Kills the process, and waits for its end.
    pub fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let status = self.child.wait()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("a measured process ended badly: {status}").into())
        }
    }
}

/// Waits, in the new process, for being let go.
pub fn wait_to_be_let_go() -> Result<()> {
    std::io::copy(&mut std::io::stdin(), &mut std::io::sink())?;
    Ok(())
}
