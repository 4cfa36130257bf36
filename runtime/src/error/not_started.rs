//! Why a process does not come to run its program.

use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

/// What the system refused, and why.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NotStarted {
    Missing {
        file: PathBuf,
    },
    IsDirectory {
        file: PathBuf,
    },
    NotExecutable {
        file: PathBuf,
    },
    /// What a script names in its first line is missing; a program in the machine's own code names nothing that can be shown.
    Interpreter {
        file: PathBuf,
        interpreter: Option<PathBuf>,
    },
    /// Neither a script nor a program for this machine.
    Format {
        file: PathBuf,
        is_program: bool,
    },
    NoAccess {
        file: PathBuf,
        user: Option<u32>,
        /// The directory that is in the way.
        closed: Option<PathBuf>,
    },
    Program {
        file: PathBuf,
        reason: String,
    },
    NoDirectory {
        path: PathBuf,
    },
    Directory {
        path: PathBuf,
        reason: String,
    },
    User {
        uid: u32,
        reason: String,
    },
    Limit(Limit),
    Other {
        reason: String,
    },
}

/// Of what there is no more, with how much of it there may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Limit {
    Processes(Option<u64>),
    /// The system does not tell which: of processes there may be so many, of memory so many bytes.
    ProcessesOrMemory(Option<u64>, u64),
    Descriptors(Option<u64>),
    Files,
    Memory(Option<u64>),
    Arguments,
}

impl Display for NotStarted {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { file } => write!(f, "`{}` does not exist", file.display()),
            Self::IsDirectory { file } => write!(
                f,
                "`{}` is a directory; name a program in it",
                file.display()
            ),
            Self::NotExecutable { file } => {
                let file = file.display();
                write!(f, "`{file}` is not executable; run `chmod +x {file}`")
            }
            Self::Interpreter {
                file,
                interpreter: Some(interpreter),
            } => {
                let (file, interpreter) = (file.display(), interpreter.to_string_lossy());
                write!(
                    f,
                    "the interpreter of `{file}` does not exist: its first line names `{}`",
                    interpreter.escape_debug()
                )?;
                if interpreter.ends_with('\r') {
                    write!(f, "; convert its line endings to LF")?;
                }
                Ok(())
            }
            Self::Interpreter {
                file,
                interpreter: None,
            } => write!(
                f,
                "the dynamic loader of `{0}` does not exist: it was built for another system (see `file {0}`)",
                file.display()
            ),
            Self::Format {
                file,
                is_program: true,
            } => write!(
                f,
                "`{0}` is built for another CPU architecture (see `file {0}`); this machine is {1}",
                file.display(),
                std::env::consts::ARCH
            ),
            Self::Format {
                file,
                is_program: false,
            } => write!(
                f,
                "`{}` is neither a program nor a script that names its interpreter; begin it with e.g. `#!/bin/sh`",
                file.display()
            ),
            Self::NoAccess { file, user, closed } => {
                match user {
                    Some(uid) => write!(
                        f,
                        "user {uid}, which it runs as, may not execute `{}`",
                        file.display()
                    )?,
                    None => write!(f, "this user may not execute `{}`", file.display())?,
                }
                match closed {
                    Some(closed) => write!(f, ", because it cannot enter `{}`", closed.display()),
                    None => write!(
                        f,
                        "; check its permissions, those of its interpreter, and whether the file system is mounted with `noexec`"
                    ),
                }
            }
            Self::Program { file, reason } => {
                write!(f, "`{}` cannot be run: {reason}", file.display())
            }
            Self::NoDirectory { path } => {
                write!(f, "the directory `{}` does not exist", path.display())
            }
            Self::Directory { path, reason } => {
                write!(
                    f,
                    "the directory `{}` cannot be entered: {reason}",
                    path.display()
                )
            }
            Self::User { uid, reason } => write!(f, "it cannot switch to user {uid}: {reason}"),
            Self::Limit(limit) => Display::fmt(limit, f),
            Self::Other { reason } => write!(f, "{reason}"),
        }
    }
}

impl Display for Limit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Processes(Some(most)) => write!(
                f,
                "the limit on processes is reached: {most} for this user (`ulimit -u`, RLIMIT_NPROC), threads included; a container may have a lower one"
            ),
            Self::Processes(None) => write!(
                f,
                "the limit on processes is reached: check the container's (`pids.max`) and /proc/sys/kernel/threads-max"
            ),
            Self::Descriptors(Some(most)) => write!(
                f,
                "the limit on open files is reached: {most} for a process (`ulimit -n`, RLIMIT_NOFILE)"
            ),
            Self::Descriptors(None) => write!(f, "this process's limit on open files is reached"),
            Self::Files => write!(
                f,
                "this machine's limit on open files is reached (/proc/sys/fs/file-max)"
            ),
            Self::ProcessesOrMemory(most, memory) => write!(
                f,
                "the limit on processes is reached, or there is not enough memory for one: the limits are {} processes of this user (`ulimit -u`, RLIMIT_NPROC) and {memory} bytes for each process (`ulimit -v`, RLIMIT_AS)",
                most.map_or_else(|| "no".into(), |most| most.to_string())
            ),
            Self::Memory(Some(most)) => write!(
                f,
                "there is not enough memory: the limit for a process is {most} bytes (`ulimit -v`, RLIMIT_AS)"
            ),
            Self::Memory(None) => write!(f, "there is not enough memory"),
            Self::Arguments => write!(
                f,
                "its arguments and environment are longer than the system allows"
            ),
        }
    }
}

impl std::error::Error for NotStarted {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_refusal_names_the_file_and_what_is_wrong() {
        let file = PathBuf::from("/site/api");
        let check = |refusal: NotStarted, wanted: &str| assert_eq!(refusal.to_string(), wanted);
        check(
            NotStarted::NotExecutable { file: file.clone() },
            "`/site/api` is not executable; run `chmod +x /site/api`",
        );
        check(
            NotStarted::Interpreter {
                file: file.clone(),
                interpreter: Some("/bin/sh\r".into()),
            },
            "the interpreter of `/site/api` does not exist: its first line names `/bin/sh\\r`; \
             convert its line endings to LF",
        );
        check(
            NotStarted::NoAccess {
                file,
                user: Some(65534),
                closed: Some("/site".into()),
            },
            "user 65534, which it runs as, may not execute `/site/api`, because it cannot enter `/site`",
        );
    }

    #[test]
    fn limits_are_named() {
        for (limit, wanted) in [
            (
                Limit::Processes(Some(20)),
                "the limit on processes is reached: 20 for this user (`ulimit -u`, RLIMIT_NPROC), threads included; a container may have a lower one",
            ),
            (
                Limit::Processes(None),
                "the limit on processes is reached: check the container's (`pids.max`) and /proc/sys/kernel/threads-max",
            ),
            (
                Limit::ProcessesOrMemory(Some(20), 4096),
                "the limit on processes is reached, or there is not enough memory for one: the limits are 20 processes of this user (`ulimit -u`, RLIMIT_NPROC) and 4096 bytes for each process (`ulimit -v`, RLIMIT_AS)",
            ),
            (
                Limit::Descriptors(Some(64)),
                "the limit on open files is reached: 64 for a process (`ulimit -n`, RLIMIT_NOFILE)",
            ),
            (
                Limit::Descriptors(None),
                "this process's limit on open files is reached",
            ),
            (
                Limit::Files,
                "this machine's limit on open files is reached (/proc/sys/fs/file-max)",
            ),
            (
                Limit::Memory(Some(4096)),
                "there is not enough memory: the limit for a process is 4096 bytes (`ulimit -v`, RLIMIT_AS)",
            ),
            (Limit::Memory(None), "there is not enough memory"),
            (
                Limit::Arguments,
                "its arguments and environment are longer than the system allows",
            ),
        ] {
            assert_eq!(limit.to_string(), wanted);
        }
    }
}
