//! A server started by hand: the peer of fixtured.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fixtured::launch::Launch;
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, User, geteuid};

use crate::{Result, launches};

/// How often a server is asked whether it answers.
const PAUSE: Duration = Duration::from_micros(500);

/// A directory for servers started by hand, on the same file system as fixtured's.
#[derive(Debug)]
pub struct Site {
    dir: PathBuf,
}

/// A server that was started by hand. It is killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    stop: Signal,
}

impl Site {
    /// Makes a new directory.
    pub fn new() -> Result<Self> {
        let dir = PathBuf::from(format!("/dev/shm/benches-{}", std::process::id()));
        fs::create_dir_all(&dir)?;
        Ok(Self { dir })
    }

    /// A directory of this name that does not exist yet.
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// The user that the launch's server runs as when the tests run as root.
fn user(launch: &Launch) -> Result<Option<User>> {
    let name = launches::server(launch)?
        .command
        .as_root
        .clone()
        .filter(|_| geteuid().is_root());
    Ok(name
        .map(|name| User::from_name(&name))
        .transpose()?
        .flatten())
}

fn run_as(command: &mut Command, user: Option<&User>) {
    if let Some(user) = user {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
}

/// Makes what the launch's template holds, in `path`; this is what a copy starts from.
pub fn make_template(launch: &Launch, path: &Path) -> Result<()> {
    let Some(build) = launches::template(launch) else {
        return Ok(());
    };
    fs::create_dir_all(path)?;
    let user = user(launch)?;
    if let Some(user) = &user {
        chown(path, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
    }
    let mut command = Command::new(launches::program(launch, &build.program)?);
    command.args(build.args.iter().map(|arg| {
        launches::fill(arg, path, 0).replace("{template}", &path.display().to_string())
    }));
    command.stdout(Stdio::null()).current_dir("/");
    run_as(&mut command, user.as_ref());
    succeed(&mut command)
}

/// Copies a template as people do.
pub fn clone_template(template: &Path, into: &Path) -> Result<()> {
    succeed(Command::new("cp").arg("-a").arg(template).arg(into))
}

fn succeed(command: &mut Command) -> Result<()> {
    let status = command.status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("{command:?}: {status}").into())
    }
}

/// A port on which nothing listens.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Makes a directory that belongs to the launch's user.
pub fn make_dir(launch: &Launch, dir: &Path) -> Result<()> {
    fs::create_dir(dir)?;
    if let Some(user) = user(launch)? {
        chown(dir, Some(user.uid.as_raw()), Some(user.gid.as_raw()))?;
    }
    Ok(())
}

impl Server {
    /// Writes the launch's files and starts its server in `dir`, with the same arguments as fixtured.
    pub fn start(launch: &Launch, dir: &Path, port: u16) -> Result<Self> {
        for (path, text) in launches::files(launch) {
            fs::write(
                launches::fill(path, dir, port),
                launches::fill(text, dir, port),
            )?;
        }
        let process = launches::server(launch)?;
        let log = File::create(dir.join("log"))?;
        let mut command = Command::new(launches::program(launch, &process.command.program)?);
        command.args(
            process
                .command
                .args
                .iter()
                .map(|arg| launches::fill(arg, dir, port)),
        );
        command
            .env_clear()
            .env("LC_ALL", "C")
            .env("HOME", dir)
            .current_dir(dir);
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        run_as(&mut command, user(launch)?.as_ref());
        Ok(Self {
            child: command.spawn()?,
            stop: process.stop.signal.parse()?,
        })
    }

    /// The number of its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks until there is an answer.
    pub fn answers<T>(&mut self, mut ask: impl FnMut() -> Result<T>) -> Result<T> {
        loop {
            match ask() {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    if let Some(status) = self.child.try_wait()? {
                        return Err(format!("the server ended: {status}; {error}").into());
                    }
                }
            }
            std::thread::sleep(PAUSE);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), self.stop);
        let _ = self.child.wait();
    }
}
