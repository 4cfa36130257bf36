//! Where a test runs the program, and what it leaves there.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use fixtured_tests::{Process, Scratch, eventually, marked, scratch_directory, without_runner};

/// The program.
pub(crate) const FIXTURED: &str = env!("CARGO_BIN_EXE_fixtured");

/// A directory in which all sessions of a test are.
pub(crate) struct World {
    pub(crate) directory: Scratch,
    data: PathBuf,
}

impl World {
    /// The name is short: the path of a socket is at most 107 bytes.
    pub(crate) fn new(name: &str) -> Self {
        let directory = scratch_directory(name).unwrap();
        // Where it is usually, so that starts are as fast; but nobody else's sessions are there.
        let usual = Path::new("/dev/shm");
        let data = if usual.is_dir() {
            usual.join(format!("c-{name}-{}", std::process::id()))
        } else {
            directory.join("d")
        };
        fs::create_dir(&data).unwrap();
        // Daemons that run as other users have their data below it.
        for path in [&directory, &*data] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        }
        symlink(FIXTURED, directory.join("pifpaf")).unwrap();
        symlink(FIXTURED, directory.join("fixtured")).unwrap();
        Self { directory, data }
    }

    /// A command that knows nothing of the test run around it, and finds the program under both its names.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        without_runner(&mut command);
        let path = std::env::var("PATH").unwrap();
        command
            .env("PATH", format!("{}:{path}", self.directory.display()))
            .env("FIXTURED_DIR", self.data())
            .env_remove("NO_COLOR");
        command
    }

    /// Runs the program with these words, which have no blanks in them.
    pub(crate) fn fixtured(&self, words: &str) -> Command {
        let mut command = self.command(FIXTURED);
        command.args(words.split_whitespace());
        command
    }

    /// Runs a script in a shell.
    pub(crate) fn shell(&self, shell: &str, script: &str) -> String {
        let output = self.command(shell).args(["-c", script]).output().unwrap();
        let text = printed(&output);
        assert!(output.status.success(), "{shell}: {script}\n{text}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Where the sessions are.
    pub(crate) fn data(&self) -> &Path {
        &self.data
    }

    /// What is left of all sessions: directories, and processes with their command lines.
    pub(crate) fn left(&self) -> Vec<String> {
        let files = fs::read_dir(&self.data).unwrap().flatten();
        let files = files.map(|entry| entry.path().display().to_string());
        let processes = self.processes();
        let processes = processes
            .iter()
            .map(|process| format!("{}: {}", process.pid, process.command));
        files.chain(processes).collect()
    }

    /// The processes of all sessions, and those that use them. A shell of the test that only knows where sessions are is none.
    pub(crate) fn processes(&self) -> Vec<Process> {
        let data = self.data.to_str().unwrap();
        let of_session = |process: &Process| {
            let file = |name: &str| format!("/proc/{}/{name}", process.pid);
            let environment = fs::read(file("environ")).unwrap_or_default();
            let environment = String::from_utf8_lossy(&environment).into_owned();
            let ours = fs::read_link(file("exe")).is_ok_and(|exe| exe == Path::new(FIXTURED));
            let mut told = environment
                .split('\0')
                .filter(|variable| !variable.starts_with("FIXTURED_DIR="));
            ours || process.command.contains(data) || told.any(|variable| variable.contains(data))
        };
        marked(data).into_iter().filter(of_session).collect()
    }

    /// Waits until a process of which the command line starts so uses a session.
    pub(crate) fn runs(&self, command: &str) {
        eventually(&format!("`{command}` runs"), || {
            let mut all = self.processes().into_iter();
            all.any(|process| process.command.starts_with(command))
                .then_some(())
        });
    }

    /// There is nothing left, as soon as the program has ended.
    #[track_caller]
    pub(crate) fn is_empty(&self) {
        assert_eq!(self.left(), [""; 0]);
    }

    /// There is nothing left soon.
    pub(crate) fn becomes_empty(&self) {
        eventually("nothing is left", || self.left().is_empty().then_some(()));
    }
}

/// A test that fails must not leave its daemons to others.
impl Drop for World {
    fn drop(&mut self) {
        for process in marked(self.data().to_str().unwrap()) {
            let pid = nix::unistd::Pid::from_raw(process.pid.cast_signed());
            let _ = nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL);
        }
        let _ = fs::remove_dir_all(&self.data);
    }
}

/// All that a command has printed.
pub(crate) fn printed(output: &Output) -> String {
    let (out, errors) = (&output.stdout, &output.stderr);
    String::from_utf8_lossy(out).into_owned() + &String::from_utf8_lossy(errors)
}
