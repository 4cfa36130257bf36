//! Mosquitto.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, Install, Isolation, Launch, Process, Ready, Site, Software, Step, template,
};

/// A [Mosquitto](https://mosquitto.org) server, which speaks MQTT; version 2.
///
/// Each test has a server of its own, which starts in some 15 ms: topics, retained messages and clients belong to the server. It keeps
/// nothing on disk, and listens on 127.0.0.1 only. As root it runs as root.
#[derive(Clone, Debug, Default)]
pub struct Mosquitto {
    port: Option<u16>,
    websockets: bool,
    username: Option<String>,
    password: Option<String>,
    config: String,
}

/// A client without a name that wants a new session of MQTT 3.1.1, and to be heard of once in a minute.
const CONNECT: &str = "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00";

impl Mosquitto {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Whether it takes MQTT over WebSockets as well, at [`ws_url`](Instance::<Mosquitto>::ws_url). Default: no. The server may have been
    /// built without them, and says so.
    pub fn websockets(mut self, websockets: bool) -> Self {
        self.websockets = websockets;
        self
    }

    /// The user that has the [`password`](Self::password). Default: `mosquitto`.
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Requires `password`, which holds no colon, of clients. Default: none, and anybody may do anything.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Adds this text to the [configuration](https://mosquitto.org/man/mosquitto-conf-5.html): `config("max_packet_size 1000")`. It may hold
    /// `{dir}`, and `{port:NAME}` for further ports.
    pub fn config(mut self, text: impl AsRef<str>) -> Self {
        self.config += text.as_ref();
        self.config += "\n";
        self
    }

    fn username_or_default(&self) -> &str {
        match &self.password {
            Some(_) => self.username.as_deref().unwrap_or("mosquitto"),
            None => "",
        }
    }

    fn problem(&self) -> Option<&'static str> {
        if self.username.is_some() && self.password.is_none() {
            return Some("a `username` needs a `password`");
        }
        // The program that hashes them takes no other colon in a line, and no space at its end.
        let mut texts = self.username.iter().chain(&self.password);
        let wrong = texts.any(|text| text.contains([':', '\n', '\r', '\0']) || text.trim() != text);
        if self.username_or_default().starts_with('#') {
            return Some("a `username` that starts with `#` would be a comment");
        }
        wrong.then_some(
            "a `username` or `password` has no colon, no line break and no space around it",
        )
    }
}

impl Daemon for Mosquitto {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let ws = site.port_named("ws");
        let anonymous = self.password.is_none();
        // As root it would else become a user who cannot read its files.
        let mut config =
            format!("user root\nlog_dest stderr\npersistence false\nallow_anonymous {anonymous}\n");
        if !anonymous {
            config += "password_file passwords\n";
        }
        if self.websockets {
            // Without the domain it would listen everywhere.
            config +=
                &format!("listener {ws} 127.0.0.1\nsocket_domain ipv4\nprotocol websockets\n");
        }
        // The last, so that what is added may be about it.
        config += &format!("listener {port} 127.0.0.1\n");
        let path = format!("{dir}/mosquitto.conf");
        let added = template(&self.config);
        let write = |path: &str, text: String| Step::Write {
            path: path.into(),
            text,
        };
        let software = |name, program: &str| Software {
            version_args: vec!["-h".into()],
            install: Install {
                apt: "mosquitto".into(),
                brew: "mosquitto".into(),
                ..Install::default()
            },
            ..Software::new(name, [program])
        };

        let mut launch = Launch::new("mosquitto");
        launch.software.push(software("mosquitto", "mosquitto"));
        launch.prepare.push(write(&path, config + &added));
        let mut login = String::new();
        if let Some(password) = &self.password {
            let username = self.username_or_default();
            let passwords = format!("{dir}/passwords");
            let line = format!("{username}:{password}\n");
            // Distributions keep it elsewhere than the server. It puts hashes where the passwords are.
            let hash = Command::new("mosquitto_passwd", ["-U", &passwords]);
            launch
                .software
                .push(software("mosquitto_passwd", "mosquitto_passwd"));
            launch.prepare.push(write(&passwords, line));
            launch.prepare.push(Step::Run(hash));
            let [user, word] =
                [username, password].map(|text| utf8_percent_encode(text, NON_ALPHANUMERIC));
            login = format!("{user}:{word}@");
        }
        // Whoever may not log in is told so.
        let ready = Ready::Exchange {
            address: format!("127.0.0.1:{port}"),
            send: CONNECT.into(),
            expect: r"\x20\x02\x00[\x00\x05]".into(),
        };
        let command = Command::new("mosquitto", ["-c".to_owned(), path]);
        launch
            .processes
            .push(Process::new(command, ready).stopped_by("SIGKILL"));
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        launch.url = format!("mqtt://{login}127.0.0.1:{port}");
        launch.values = [
            ("username", self.username_or_default()),
            ("password", self.password.as_deref().unwrap_or_default()),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        if self.websockets {
            let url = format!("ws://127.0.0.1:{ws}");
            launch.values.insert("ws_url".into(), url);
        }
        launch.cli_variables = [("MOSQUITTO_PORT".to_owned(), (*port).to_owned())].into();
        launch.invalid = self.problem().map(Into::into);
        launch.isolation = Isolation::Server;
        launch
    }
}

impl Options for Mosquitto {
    const TITLE: &'static str = "Mosquitto (MQTT)";
    const GETS: &'static str = "a server of its own";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port),
            Opt::flag("websockets", "takes MQTT over WebSockets, too", |it| {
                it.websockets(true)
            }),
            Opt::text(
                "username",
                "NAME",
                "has this user, rather than `mosquitto`",
                |it, name| Ok(it.username(name)),
            ),
            Opt::text(
                "password",
                "PASSWORD",
                "requires this of clients",
                |it, password| Ok(it.password(password)),
            ),
            Opt::text(
                "config",
                "TEXT",
                "has this in its configuration, too",
                |it, text| Ok(it.config(text)),
            ),
        ]
    }
}

impl Instance<Mosquitto> {
    /// The user that has the password; empty if none is required.
    pub fn username(&self) -> &str {
        self.value("username")
    }

    /// The password that the server requires; empty if none.
    pub fn password(&self) -> &str {
        self.value("password")
    }

    /// Where the server takes MQTT over WebSockets, if it was [asked to](Mosquitto::websockets).
    ///
    /// # Panics
    ///
    /// If it was not.
    pub fn ws_url(&self) -> &str {
        self.value("ws_url")
    }
}
