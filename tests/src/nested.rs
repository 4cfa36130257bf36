//! Cargo, run inside a test.

use std::env;
use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// A cargo command in this workspace that knows nothing of the test run that it is part of.
pub fn cargo(args: &[&str]) -> Command {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(args)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .stdin(Stdio::null());
    without_runner(&mut command);
    command
}

/// Takes from a command what would make it a part of the test run that it is started by.
pub fn without_runner(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let known = name.to_str().unwrap_or_default();
        let of_runner = [
            "NEXTEST",
            "CARGO_PKG",
            "CARGO_MANIFEST",
            "CARGO_BIN",
            "FIXTURED_",
        ];
        if of_runner.iter().any(|prefix| known.starts_with(prefix))
            || known == "CARGO"
            || known == "RUST_BACKTRACE"
        {
            command.env_remove(name);
        }
    }
}

/// A command that runs in a process group of its own, its output in a file.
#[derive(Debug)]
pub struct Nested {
    child: Child,
    output: PathBuf,
}

impl Nested {
    /// Starts it; the output goes to a file in `scratch`.
    pub fn start(mut command: Command, scratch: &Path) -> io::Result<Self> {
        let output = scratch.join("output");
        let file = File::create(&output)?;
        command
            .stdout(file.try_clone()?)
            .stderr(file)
            .process_group(0);
        Ok(Self {
            child: command.spawn()?,
            output,
        })
    }

    /// The runner's number, which is its process group's too.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it ends, and returns whether it succeeded and what it printed.
    pub fn end(mut self) -> io::Result<(bool, String)> {
        let status = self.child.wait()?;
        Ok((status.success(), self.printed()))
    }

    /// What it has printed so far.
    pub fn printed(&self) -> String {
        fs::read_to_string(&self.output).unwrap_or_default()
    }
}

/// A test that fails must not leave its runner behind.
impl Drop for Nested {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            let _ = kill(Pid::from_raw(-(self.child.id() as i32)), Signal::SIGKILL);
            let _ = self.child.wait();
        }
    }
}
