//! Redis, keeping nothing on disk.

use std::path::Path;

use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{Command, Install, Isolation, Launch, Process, Ready, Site, Software};

/// A [Redis](https://redis.io) server.
///
/// Each test has a server of its own, which starts in some 10 ms. A numbered database in a shared one would be no isolation:
/// `FLUSHALL`, the configuration, scripts and channels concern all of them.
#[derive(Clone, Debug, Default)]
pub struct Redis {
    port: Option<u16>,
    password: Option<String>,
}

impl Redis {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Requires `password` of clients. Default: none.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }
}

impl Daemon for Redis {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let mut config = format!(
            "bind 127.0.0.1\nport {port}\nunixsocket {dir}/socket\ndir {dir}\nsave \"\"\nappendonly no\n"
        );
        if let Some(password) = &self.password {
            // In a file, where other users do not see it; in a command line they would.
            config += &format!("requirepass {}\n", quoted(password));
        }
        let path = format!("{dir}/redis.conf");
        // With a password the server refuses the question, which shows as well that it answers.
        let expect = if self.password.is_some() {
            "-NOAUTH"
        } else {
            r"\+PONG"
        };
        let address = format!("127.0.0.1:{port}");
        let ready = Ready::Exchange {
            address,
            send: "PING\r\n".into(),
            expect: expect.into(),
        };

        let mut launch = Launch::new("redis");
        launch.software.push(Software {
            install: Install {
                apt: "redis-server".into(),
                brew: "redis".into(),
                ..Install::default()
            },
            ..Software::new("redis", ["redis-server"])
        });
        launch.prepare.push(crate::launch::Step::Write {
            path: path.clone(),
            text: config,
        });
        launch
            .processes
            .push(Process::new(Command::new("redis-server", [path]), ready).stopped_by("SIGKILL"));
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        let password = self.password.as_deref().unwrap_or_default();
        let encoded =
            percent_encoding::utf8_percent_encode(password, percent_encoding::NON_ALPHANUMERIC);
        let login = if password.is_empty() {
            String::new()
        } else {
            format!(":{encoded}@")
        };
        launch.url = format!("redis://{login}localhost:{port}");
        launch.prefixed = [("REDIS_PORT".to_owned(), (*port).to_owned())].into();
        launch.values = [
            ("password", password.to_owned()),
            ("socket", format!("{dir}/socket")),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        launch.isolation = Isolation::Server;
        launch
    }
}

impl Options for Redis {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::port("port", "listens on this port", Self::port).as_pifpaf("6379"),
        Opt::text(
            "password",
            "PASSWORD",
            "requires this of clients",
            |it, password| Ok(it.password(password)),
        ),
    ];
}

/// A value as the configuration file wants it.
fn quoted(text: &str) -> String {
    let escaped = text.bytes().map(|byte| match byte {
        b'"' | b'\\' => format!("\\{}", char::from(byte)),
        b' '..=b'~' => char::from(byte).to_string(),
        _ => format!("\\x{byte:02x}"),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

impl Instance<Redis> {
    /// The password that the server requires; empty if none.
    pub fn password(&self) -> &str {
        self.value("password")
    }

    /// The server's unix socket.
    pub fn socket(&self) -> &Path {
        Path::new(self.value("socket"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_quoted_and_encoded() {
        assert_eq!(quoted("a \"b\\\n"), r#""a \"b\\\x0a""#);
        let launch = Redis::default().password("p@ss").launch(&Site::SYMBOLIC);
        assert_eq!(launch.url, "redis://:p%40ss@localhost:{port}");
    }
}
