//! A session that lasts as long as its test wants.

use std::io::{self, BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

/// The program `hold`: the runner of a session with PostgreSQL, until this is dropped.
#[derive(Debug)]
pub struct Holder {
    child: Child,
    answers: BufReader<ChildStdout>,
}

/// What a holder tells about its session.
#[derive(Clone, Debug)]
pub struct Holding {
    /// The number of the server's process.
    pub server: u32,
    /// The address of a database that is there until the session ends.
    pub url: String,
    /// The server's directory.
    pub dir: PathBuf,
    /// The server's log, which is in the session's directory.
    pub log: PathBuf,
    /// The prefix for names, or the name of the part that was made.
    pub prefix: String,
}

impl Holding {
    /// The session's directory.
    pub fn session(&self) -> PathBuf {
        self.log.parent().map(PathBuf::from).unwrap_or_default()
    }
}

impl Holder {
    /// Starts the holder; the command runs `hold`.
    pub fn start(mut command: Command) -> io::Result<Self> {
        super::without_runner(&mut command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let answers = child.stdout.take().map(BufReader::new);
        let answers = answers.ok_or_else(|| io::Error::other("it has no standard output"))?;
        Ok(Self { child, answers })
    }

    /// The number of the holder's process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Has the holder acquire PostgreSQL and say what it was given.
    pub fn ask(&mut self) -> io::Result<Holding> {
        self.ask_for("postgres")
    }

    /// Has the holder acquire this daemon and say what it was given.
    pub fn ask_for(&mut self, daemon: &str) -> io::Result<Holding> {
        if let Some(stdin) = &mut self.child.stdin {
            writeln!(stdin, "{daemon}")?;
        }
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        let words: Vec<_> = answer.split_whitespace().collect();
        match words[..] {
            [server, url, dir, log, ref prefix @ ..] => Ok(Holding {
                server: server.parse().map_err(io::Error::other)?,
                url: url.into(),
                dir: dir.into(),
                log: log.into(),
                prefix: prefix.concat(),
            }),
            _ => Err(io::Error::other(format!("the holder says `{answer}`"))),
        }
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
