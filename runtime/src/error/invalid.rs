//! Why a launch can never start.

use std::fmt::{self, Display, Formatter};
use std::io;
use std::path::Path;

/// The part of a launch that is wrong.
pub(crate) enum Invalid<'a> {
    EmptyCommand,
    NulInArgument(&'a str),
    VariableName(&'a str),
    NulInVariable {
        name: &'a str,
        value: &'a str,
    },
    CwdIsFile(&'a Path),
    CwdMissing(&'a Path),
    CwdUnusable(&'a Path, &'a io::Error),
    NoTimeout,
    /// Two processes with this name.
    SameName(&'a str),
    Signal(&'a str),
    ReturnCode(i32),
    /// The path of what a readiness waits for.
    EmptyPath(&'a str),
    NulInPath(&'a str, &'a Path),
    PathIsDirectory(&'a str, &'a Path),
    LongSocketPath {
        path: &'a Path,
        length: usize,
        limit: usize,
    },
    EmptyOutput,
    Regex {
        pattern: &'a str,
        error: &'a dyn Display,
    },
    BodyRegex {
        pattern: &'a str,
        error: &'a dyn Display,
    },
    EmptyStatus,
    StatusRegex(&'a str),
    NoStatus(&'a str),
    EmptyUrl,
    Url(&'a str, &'a dyn Display),
    NotHttp(&'a str),
    Method(&'a str),
    HeaderName(&'a str),
    HeaderValue(&'a str),
    Address(&'a str, Address<'a>),
}

/// What is wrong with an address.
pub(crate) enum Address<'a> {
    NoPort,
    PortZero,
    Port(&'a str),
    NoHost,
    Host(&'a str),
}

impl Display for Invalid<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::EmptyCommand => write!(f, "the command is empty"),
            Self::NulInArgument(word) => {
                write!(f, "the word {word:?} of the command contains a NUL byte")
            }
            Self::VariableName(name) => {
                write!(f, "{name:?} is not the name of an environment variable")
            }
            Self::NulInVariable { name, value } => write!(
                f,
                "the environment variable `{name}` contains a NUL byte: {value:?}"
            ),
            Self::CwdIsFile(path) => {
                write!(f, "the working directory `{}` is a file", path.display())
            }
            Self::CwdMissing(path) => {
                write!(f, "the directory `{}` does not exist", path.display())
            }
            Self::CwdUnusable(path, error) => write!(
                f,
                "the directory `{}` cannot be used: {error}",
                path.display()
            ),
            Self::NoTimeout => write!(f, "a timeout of 0 leaves no time to start"),
            Self::SameName(name) => write!(f, "two of its processes are called `{name}`"),
            Self::Signal(name) => write!(f, "unknown signal `{name}`, expected e.g. `SIGINT`"),
            Self::ReturnCode(code) => write!(
                f,
                "invalid return code {code}, expected an exit status from 0 to 255 or a negative signal number from -1 to -64"
            ),
            Self::EmptyPath(what) => write!(f, "the path of the {what} is empty"),
            Self::NulInPath(what, path) => write!(
                f,
                "the path of the {what} contains a NUL byte: {:?}",
                path.display()
            ),
            Self::PathIsDirectory(what, path) => write!(
                f,
                "the path of the {what} is a directory: {}",
                path.display()
            ),
            Self::LongSocketPath {
                path,
                length,
                limit,
            } => write!(
                f,
                "the path of the socket has {length} bytes, but the limit is {limit}: {}",
                path.display()
            ),
            Self::EmptyOutput => write!(
                f,
                "the output pattern is empty; use `.` to match any line that is not empty"
            ),
            Self::Regex { pattern, error } => {
                write!(f, "invalid regular expression `{pattern}`: {error}")
            }
            Self::BodyRegex { pattern, error } => write!(
                f,
                "invalid regular expression `{pattern}` for the body: {error}"
            ),
            Self::EmptyStatus => write!(f, "the status is empty"),
            Self::StatusRegex(status) => write!(
                f,
                "invalid status `{status}`: neither a number nor a regular expression"
            ),
            Self::NoStatus(status) => write!(
                f,
                "invalid status `{status}`: no code matches it; expected e.g. `204`, `(200|404)` or `2\\d\\d`"
            ),
            Self::EmptyUrl => write!(f, "the URL is empty; expected `http://HOST:PORT/PATH`"),
            Self::Url(url, error) => write!(f, "invalid URL `{url}`: {error}"),
            Self::NotHttp(url) => write!(
                f,
                "invalid URL `{url}`: expected plain HTTP, `http://HOST:PORT/PATH`"
            ),
            Self::Method(method) => {
                write!(f, "the request cannot be made: invalid method `{method}`")
            }
            Self::HeaderName(name) => {
                write!(f, "the request cannot be made: invalid header `{name}`")
            }
            Self::HeaderValue(name) => write!(
                f,
                "the request cannot be made: invalid value of the header `{name}`"
            ),
            Self::Address(address, why) => write!(f, "invalid address `{address}`: {why}"),
        }
    }
}

impl Display for Address<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPort => write!(f, "expected `HOST:PORT`"),
            Self::PortZero => write!(
                f,
                "port 0 cannot be connected to; use `{{port}}` for a free port"
            ),
            Self::Port(port) => write!(f, "`{port}` is not a port number from 1 to 65535"),
            Self::NoHost => write!(f, "it has no host"),
            Self::Host(host) => write!(f, "`{host}` is not a host name"),
        }
    }
}

impl From<Invalid<'_>> for String {
    fn from(invalid: Invalid<'_>) -> Self {
        invalid.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_names_the_part_that_is_wrong() {
        let path = Path::new("/x");
        let missing = io::Error::other("no");
        let (pattern, error) = ("(", &"unclosed group");
        for (invalid, wanted) in [
            (Invalid::EmptyCommand, "the command is empty"),
            (
                Invalid::NulInArgument("a\0b"),
                r#"the word "a\0b" of the command contains a NUL byte"#,
            ),
            (
                Invalid::VariableName("A=B"),
                r#""A=B" is not the name of an environment variable"#,
            ),
            (
                Invalid::NulInVariable {
                    name: "A",
                    value: "\0",
                },
                r#"the environment variable `A` contains a NUL byte: "\0""#,
            ),
            (
                Invalid::CwdIsFile(path),
                "the working directory `/x` is a file",
            ),
            (
                Invalid::CwdMissing(path),
                "the directory `/x` does not exist",
            ),
            (
                Invalid::CwdUnusable(path, &missing),
                "the directory `/x` cannot be used: no",
            ),
            (Invalid::NoTimeout, "a timeout of 0 leaves no time to start"),
            (
                Invalid::SameName("web"),
                "two of its processes are called `web`",
            ),
            (
                Invalid::Signal("SIGFOO"),
                "unknown signal `SIGFOO`, expected e.g. `SIGINT`",
            ),
            (
                Invalid::ReturnCode(256),
                "invalid return code 256, expected an exit status from 0 to 255 or a negative signal number from -1 to -64",
            ),
            (
                Invalid::EmptyPath("socket"),
                "the path of the socket is empty",
            ),
            (
                Invalid::NulInPath("socket", Path::new("a\0")),
                r#"the path of the socket contains a NUL byte: "a\0""#,
            ),
            (
                Invalid::PathIsDirectory("pid file", path),
                "the path of the pid file is a directory: /x",
            ),
            (
                Invalid::LongSocketPath {
                    path,
                    length: 115,
                    limit: 107,
                },
                "the path of the socket has 115 bytes, but the limit is 107: /x",
            ),
            (
                Invalid::EmptyOutput,
                "the output pattern is empty; use `.` to match any line that is not empty",
            ),
            (
                Invalid::Regex { pattern, error },
                "invalid regular expression `(`: unclosed group",
            ),
            (
                Invalid::BodyRegex { pattern, error },
                "invalid regular expression `(` for the body: unclosed group",
            ),
            (Invalid::EmptyStatus, "the status is empty"),
            (
                Invalid::StatusRegex("2("),
                "invalid status `2(`: neither a number nor a regular expression",
            ),
            (
                Invalid::NoStatus("2"),
                r"invalid status `2`: no code matches it; expected e.g. `204`, `(200|404)` or `2\d\d`",
            ),
            (
                Invalid::EmptyUrl,
                "the URL is empty; expected `http://HOST:PORT/PATH`",
            ),
            (Invalid::Url("::", &"no"), "invalid URL `::`: no"),
            (
                Invalid::NotHttp("https://x"),
                "invalid URL `https://x`: expected plain HTTP, `http://HOST:PORT/PATH`",
            ),
            (
                Invalid::Method("A B"),
                "the request cannot be made: invalid method `A B`",
            ),
            (
                Invalid::HeaderName("A B"),
                "the request cannot be made: invalid header `A B`",
            ),
            (
                Invalid::HeaderValue("A"),
                "the request cannot be made: invalid value of the header `A`",
            ),
            (
                Invalid::Address("x", Address::NoPort),
                "invalid address `x`: expected `HOST:PORT`",
            ),
            (
                Invalid::Address("x:0", Address::PortZero),
                "invalid address `x:0`: port 0 cannot be connected to; use `{port}` for a free port",
            ),
            (
                Invalid::Address("x:http", Address::Port("http")),
                "invalid address `x:http`: `http` is not a port number from 1 to 65535",
            ),
            (
                Invalid::Address(":80", Address::NoHost),
                "invalid address `:80`: it has no host",
            ),
            (
                Invalid::Address("a b:80", Address::Host("a b")),
                "invalid address `a b:80`: `a b` is not a host name",
            ),
        ] {
            assert_eq!(invalid.to_string(), wanted);
        }
    }
}
