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
                    write!(f, "; end its lines with a line feed alone")?;
                }
                Ok(())
            }
            Self::Interpreter {
                file,
                interpreter: None,
            } => write!(
                f,
                "the dynamic loader of `{0}` does not exist: it was built for another system, as `file {0}` shows",
                file.display()
            ),
            Self::Format {
                file,
                is_program: true,
            } => write!(
                f,
                "`{0}` is a program for another kind of processor, as `file {0}` shows; this machine is {1}",
                file.display(),
                std::env::consts::ARCH
            ),
            Self::Format {
                file,
                is_program: false,
            } => write!(
                f,
                "`{}` is neither a program nor a script that names its interpreter; begin it with `#!/bin/sh`, say",
                file.display()
            ),
            Self::NoAccess { file, user, closed } => {
                match user {
                    Some(uid) => write!(
                        f,
                        "user {uid}, as which it would run, may not run `{}`",
                        file.display()
                    )?,
                    None => write!(f, "this user may not run `{}`", file.display())?,
                }
                match closed {
                    Some(closed) => write!(f, ", since `{}` is closed to it", closed.display()),
                    None => write!(
                        f,
                        "; look at its permissions, at those of its interpreter, and at the file system, which may be mounted with `noexec`"
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
            Self::User { uid, reason } => write!(f, "it cannot become user {uid}: {reason}"),
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
                "there may be no more processes: the limit for this user is {most} (`ulimit -u`, RLIMIT_NPROC), threads included; a container may have a lower one"
            ),
            Self::Processes(None) => write!(
                f,
                "there may be no more processes: look at the container's limit (`pids.max`) and at /proc/sys/kernel/threads-max"
            ),
            Self::Descriptors(Some(most)) => write!(
                f,
                "there may be no more open files: the limit for a process is {most} (`ulimit -n`, RLIMIT_NOFILE)"
            ),
            Self::Descriptors(None) => write!(f, "there may be no more open files in this process"),
            Self::Files => write!(
                f,
                "there may be no more open files on this machine (/proc/sys/fs/file-max)"
            ),
            Self::ProcessesOrMemory(most, memory) => write!(
                f,
                "there may be no more processes, or there is no memory for one: the limits are {} processes of this user (`ulimit -u`, RLIMIT_NPROC) and {memory} bytes for each process (`ulimit -v`, RLIMIT_AS)",
                most.map_or_else(|| "no".into(), |most| most.to_string())
            ),
            Self::Memory(Some(most)) => write!(
                f,
                "there is not enough memory: the limit for a process is {most} bytes (`ulimit -v`, RLIMIT_AS)"
            ),
            Self::Memory(None) => write!(f, "there is not enough memory"),
            Self::Arguments => write!(
                f,
                "its arguments and its environment are longer than the system allows"
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
             end its lines with a line feed alone",
        );
        check(
            NotStarted::NoAccess {
                file,
                user: Some(65534),
                closed: Some("/site".into()),
            },
            "user 65534, as which it would run, may not run `/site/api`, since `/site` is closed to it",
        );
    }

    #[test]
    fn limits_are_named() {
        let most = Limit::Processes(Some(20)).to_string();
        assert!(most.contains("20 (`ulimit -u`, RLIMIT_NPROC)"), "{most}");
        let most = Limit::ProcessesOrMemory(Some(20), 4096).to_string();
        assert!(
            most.contains("20 processes of this user (`ulimit -u`"),
            "{most}"
        );
        assert!(
            most.contains("4096 bytes for each process (`ulimit -v`"),
            "{most}"
        );
        let most = Limit::Memory(Some(4096)).to_string();
        assert!(
            most.contains("4096 bytes (`ulimit -v`, RLIMIT_AS)"),
            "{most}"
        );
        let most = Limit::Descriptors(Some(64)).to_string();
        assert!(most.contains("64 (`ulimit -n`, RLIMIT_NOFILE)"), "{most}");
    }
}
