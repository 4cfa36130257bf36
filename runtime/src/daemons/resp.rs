//! What Redis and Valkey have in common: all but their names.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::held::without_nul;
use crate::launch::{
    Command, Install, Isolation, Launch, Process, Quoting, Ready, Site, Software, Step,
};

/// A server that speaks [RESP](https://redis.io/docs/latest/develop/reference/protocol-spec/), and what is set of it.
#[derive(Clone, Debug, Default)]
pub(super) struct Resp {
    pub(super) port: Option<u16>,
    pub(super) password: String,
    pub(super) sentinel: bool,
    pub(super) sentinel_port: Option<u16>,
}

/// The names that a sentinel has for the server: that of its manual, and pifpaf's.
const MASTERS: [&str; 2] = ["mymaster", "pifpaf"];

impl Resp {
    /// Launches the daemon of this name, with which the name of its program begins.
    pub(super) fn launch(&self, name: &str, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let program = format!("{name}-server");
        let login = match self.password.as_str() {
            "" => String::new(),
            password => format!(":{}@", utf8_percent_encode(password, NON_ALPHANUMERIC)),
        };
        let redis_url = |port: &str| format!("redis://{login}localhost:{port}");
        let variable = |end: &str| format!("{}_{end}", name.to_uppercase());

        let mut launch = Launch::new(name);
        launch.software.push(Software {
            install: Install {
                apt: program.clone(),
                brew: name.into(),
                ..Install::default()
            },
            ..Software::new(name, [&program])
        });
        let socket = quoted(&format!("{dir}/socket"));
        let settings = format!("unixsocket {socket}\nsave \"\"\nappendonly no\n");
        let server = Command::new(&program, [format!("{dir}/server.conf")]);
        let ping = (["PING"].as_slice(), "\\+PONG");
        launch
            .processes
            .push(self.process(server, site, port, settings, ping));
        let of_user = self.port.map(|port| (String::new(), port));
        launch.fixed_ports.extend(of_user);
        launch.url = format!("{name}://{login}localhost:{port}");
        launch.values = [
            ("password", self.password.clone()),
            ("socket", format!("{dir}/socket")),
            ("redis_url", redis_url(port)),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        launch.cli_variables = [(variable("PORT"), (*port).to_owned())].into();
        launch.isolation = Isolation::Server;
        launch.invalid = without_nul("password", &self.password);

        if self.sentinel {
            let port = site.port_named("sentinel");
            launch.processes.push(self.watcher(&program, site, &port));
            let of_user = self.sentinel_port.map(|port| ("sentinel".to_owned(), port));
            launch.fixed_ports.extend(of_user);
            let values = [
                ("sentinel_url", redis_url(&port)),
                ("master", MASTERS[0].to_owned()),
            ];
            let values = values.map(|(name, value)| (name.to_owned(), value));
            launch.values.extend(values);
            launch.cli_variables.insert(variable("SENTINEL_PORT"), port);
        }
        launch
    }

    /// A sentinel, which is the same program. It writes what it finds out into its configuration.
    fn watcher(&self, program: &str, site: &Site, port: &str) -> Process {
        let mut settings = String::new();
        for master in MASTERS {
            settings += &format!("sentinel monitor {master} 127.0.0.1 {} 1\n", site.port);
            if !self.password.is_empty() {
                let password = quoted(&self.password);
                settings += &format!("sentinel auth-pass {master} {password}\n");
            }
        }
        let config = format!("{}/sentinel.conf", site.dir);
        let command = Command::new(program, [&config, "--sentinel"]);
        let question = ["SENTINEL", "get-master-addr-by-name", MASTERS[0]];
        self.process(command, site, port, settings, (&question, "\\*2\r\n"))
            .named("sentinel")
    }

    /// A process that listens on this port, and whose first argument is its configuration; it is ready when it gives this answer to this
    /// question.
    fn process(
        &self,
        command: Command,
        site: &Site,
        port: &str,
        settings: String,
        (question, answer): (&[&str], &str),
    ) -> Process {
        let mut text = format!(
            "bind 127.0.0.1\nport {port}\ndir {}\n{settings}",
            quoted(site.dir)
        );
        let (mut send, mut expect) = (request(question), answer.to_owned());
        if !self.password.is_empty() {
            // In a file, where other users do not see it; in a command line they would.
            text += &format!("requirepass {}\n", quoted(&self.password));
            send.insert_str(0, &request(&["AUTH", &self.password]));
            expect.insert_str(0, "\\+OK\r\n");
        }
        let address = format!("127.0.0.1:{port}");
        let ready = Ready::Exchange {
            address,
            send,
            expect,
        };
        let path = command.args.first().cloned().unwrap_or_default();
        Process {
            prepare: vec![Step::Write { path, text }],
            ..Process::new(command, ready).stopped_by("SIGKILL")
        }
    }
}

/// A request in the server's protocol, where words may hold anything.
fn request(words: &[&str]) -> String {
    let words_of = words.iter();
    let texts = words_of.map(|word| format!("${}\r\n{word}\r\n", word.len()));
    format!("*{}\r\n{}", words.len(), texts.collect::<String>())
}

/// A value as the configuration file wants it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", Quoting::Escape.of(text))
}

/// The daemon, the options as texts and the accessors of `$definition`, which is the `Resp` of this name. The methods that set options are not
/// made here, since rustc would show this macro with every mistake in their arguments.
macro_rules! resp {
    ($definition:ident, $name:literal) => {
        impl crate::daemon::Daemon for $definition {
            fn launch(&self, site: &crate::launch::Site) -> crate::launch::Launch {
                self.0.launch($name, site)
            }
        }

        impl super::options::Options for $definition {
            const OPTIONS: &'static [super::options::Opt<Self>] = {
                use super::options::Opt;
                &[
                    Opt::port("port", "listens on this port", Self::port).as_pifpaf("6379"),
                    Opt::flag("sentinel", "is watched by a sentinel", |it| {
                        it.sentinel(true)
                    }),
                    Opt::port(
                        "sentinel-port",
                        "has its sentinel listen on this port",
                        Self::sentinel_port,
                    )
                    .as_pifpaf("6380"),
                    Opt::text(
                        "password",
                        "PASSWORD",
                        "requires this of clients",
                        |it, password| Ok(it.password(password)),
                    ),
                ]
            };
        }

        impl crate::instance::Instance<$definition> {
            /// The password that the server and its sentinel require; empty if none.
            pub fn password(&self) -> &str {
                self.value("password")
            }

            /// The server's unix socket.
            pub fn socket(&self) -> &std::path::Path {
                std::path::Path::new(self.value("socket"))
            }

            /// The URL as clients of Redis take it: `redis://localhost:PORT`, with the password if there is one.
            pub fn redis_url(&self) -> &str {
                self.value("redis_url")
            }

            /// The port of the sentinel.
            ///
            /// # Panics
            ///
            /// If there is none: without `sentinel`.
            pub fn sentinel_port(&self) -> u16 {
                self.port_named("sentinel")
            }

            /// The URL of the sentinel: `redis://localhost:PORT`, with the password if there is one.
            ///
            /// # Panics
            ///
            /// If there is none: without `sentinel`.
            pub fn sentinel_url(&self) -> &str {
                self.value("sentinel_url")
            }

            /// The name by which clients ask the sentinel for the server: `mymaster`.
            ///
            /// # Panics
            ///
            /// If there is no sentinel.
            pub fn master(&self) -> &str {
                self.value("master")
            }
        }
    };
}
pub(super) use resp;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::written;

    #[test]
    fn passwords_are_quoted_and_encoded() {
        assert_eq!(quoted("a \"b\\\n"), r#""a \"b\\\n""#);
        assert_eq!(request(&["AUTH", "pä"]), "*2\r\n$4\r\nAUTH\r\n$3\r\npä\r\n");
        let server = Resp {
            password: "p@ss".into(),
            ..Resp::default()
        };
        let launch = server.launch("redis", Site::symbolic());
        assert_eq!(written(&launch.url), "redis://:p%40ss@localhost:{port}");
    }
}
