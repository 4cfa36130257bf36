//! Mosquitto.

use super::declare::{declare, values};
use super::init::Init;
use super::init_slot::DataInit;
use super::login::{login, needs_password};
use super::period::Period;
use super::slot::Timeout;
use crate::daemon::{Daemon, Prepare};
use crate::launch::{
    Command, Isolation, Launch, Process, Ready, Reuse, Seed, Site, Software, Step, template,
};

declare! {
    /// A [Mosquitto](https://mosquitto.org) server, version 2, which speaks MQTT.
    ///
    /// It starts in about 15 ms, so tests do not share it: topics, retained messages and clients belong to the server. It keeps nothing on disk
    /// and listens on 127.0.0.1 only. As root it runs as root.
    #[title("Mosquitto (MQTT)")]
    #[a_test_gets("a dedicated server")]
    pub struct Mosquitto {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Accept MQTT over WebSockets too.
        ///
        /// See [`ws_url`](crate::Instance::<Mosquitto>::ws_url). Default: off. A server that was built without WebSockets does not start.
        websockets(bool): bool,
        /// Name the user that has the password.
        ///
        /// Default: `mosquitto`.
        #[value("NAME")]
        username(impl Into<String>): Option<String>,
        /// Require this password of clients.
        ///
        /// It contains no colon. Default: none; every client has full access.
        #[value("PASSWORD")]
        password(impl Into<String>): Option<String>,
        /// Add this text to the [configuration](https://mosquitto.org/man/mosquitto-conf-5.html).
        ///
        /// For example `config("max_packet_size 1000")`. The text may contain `{dir}`, and `{port:NAME}` for further ports.
        config(impl Into<String>): Vec<String>,
        /// Start from a copy of this data directory.
        ///
        /// It may also be a function, which fills a first server; see [`Init`].
        /// Retained messages are kept, and the sessions of clients that want theirs kept.
        init<Kind>(impl Init<Kind>): DataInit = Init::source,
        /// Limit how long the server may take to start, and a test to get its data.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { Mosquitto {
    /// The user that has the password; empty if none is required.
    username: String,
    /// The password that the server requires; empty if none.
    password: String,
    /// The URL for MQTT over WebSockets.
    ///
    /// # Panics
    ///
    /// Without [`websockets`](Mosquitto::websockets).
    ws_url: Option<String>,
} }

/// A client without a name that wants a new session of MQTT 3.1.1, and to be heard of once in a minute.
const CONNECT: &str = "\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00";

impl Daemon for Mosquitto {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let ws = site.port_named("ws");
        let anonymous = self.password.is_none();
        // As root it would otherwise change to a user that cannot read its files.
        let persistence = self.init.is_given();
        let mut config = format!(
            "user root\nlog_dest stderr\npersistence {persistence}\nallow_anonymous {anonymous}\n"
        );
        if persistence {
            // It adds the name of the file.
            config += "persistence_location data/\n";
        }
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
        config.extend(self.config.iter().map(|text| template(text) + "\n"));
        let path = format!("{dir}/mosquitto.conf");
        let command = Command::new("mosquitto", ["-c", &path]);
        // Whoever may not log in is told so.
        let address = format!("127.0.0.1:{port}");
        let ready = Ready::exchange(&address, CONNECT, r"\x20\x02\x00[\x00\x05]");
        let username = self.user();
        let client = self
            .password
            .as_ref()
            .map(|password| login(username, Some(password)));

        let launch = Launch::new("mosquitto")
            .needs(software("mosquitto"))
            .write(path, config)
            .run(Process::new(command, ready).stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_MOSQUITTO_URL",
                "its topics and retained messages belong to all its clients",
            ))
            .fixed_port("", self.port)
            .url(format!("mqtt://{}{address}", client.unwrap_or_default()))
            .values(Values {
                username: username.into(),
                password: self.password.clone().unwrap_or_default(),
                ws_url: self.websockets.then(|| format!("ws://127.0.0.1:{ws}")),
            })
            .cli_variables([("MOSQUITTO_PORT", *port)])
            .isolation(Isolation::Server)
            .invalid(self.problem());
        let launch = self.init.seeds(launch, Seed::new(format!("{dir}/data")));
        let launch = self.timeout.limit(launch);
        let Some(password) = &self.password else {
            return launch;
        };
        let passwords = format!("{dir}/passwords");
        let hash = Command::new("mosquitto_passwd", ["-U", &passwords]);
        launch
            // Distributions keep it elsewhere than the server. It puts hashes where the passwords are.
            .needs(software("mosquitto_passwd"))
            .write(passwords, format!("{username}:{password}\n"))
            .prepare(Step::Run(hash))
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}

fn software(program: &str) -> Software {
    Software::new(program, [program])
        .version_args(["-h"])
        .apt("mosquitto")
        .brew("mosquitto")
}

impl Mosquitto {
    fn user(&self) -> &str {
        match &self.password {
            Some(_) => self.username.as_deref().unwrap_or("mosquitto"),
            None => "",
        }
    }

    fn problem(&self) -> Option<&'static str> {
        // The program that hashes them takes no other colon in a line, and no space at its end.
        let mut texts = self.username.iter().chain(&self.password);
        let wrong = texts.any(|text| text.contains([':', '\n', '\r', '\0']) || text.trim() != text);
        let wrong = wrong.then_some(
            "a `username` or `password` has no colon, no line break and no space around it",
        );
        let comment = self.user().starts_with('#');
        needs_password(&self.username, &self.password)
            .or(comment.then_some("a `username` that starts with `#` would be a comment"))
            .or(wrong)
    }
}
