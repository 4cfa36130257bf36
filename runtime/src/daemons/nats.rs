//! NATS.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::held::without_nul;
use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, Install, Isolation, Launch, Process, Quoting, Ready, Site, Software, Step, template,
};

/// A [NATS](https://nats.io) server.
///
/// Each test has a server of its own, which starts in some 10 ms: subjects, streams and connections belong to the server. It listens on
/// 127.0.0.1 only, and has neither routes to others nor a monitoring port, unless it is [asked for one](Self::monitoring). As root it runs
/// as root.
#[derive(Clone, Debug, Default)]
pub struct Nats {
    port: Option<u16>,
    jetstream: bool,
    monitoring: bool,
    username: Option<String>,
    password: Option<String>,
    token: Option<String>,
    config: String,
}

impl Nats {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Whether it has [JetStream](https://docs.nats.io/nats-concepts/jetstream): streams, key-value buckets and objects, kept in the
    /// instance's directory. Default: no.
    pub fn jetstream(mut self, jetstream: bool) -> Self {
        self.jetstream = jetstream;
        self
    }

    /// Whether it answers questions about itself by HTTP, at [`monitor_url`](Instance::<Nats>::monitor_url). Default: no.
    pub fn monitoring(mut self, monitoring: bool) -> Self {
        self.monitoring = monitoring;
        self
    }

    /// The user that has the [`password`](Self::password). Default: `nats`.
    pub fn username(mut self, username: impl Into<String>) -> Self {
        self.username = Some(username.into());
        self
    }

    /// Requires `password` of clients, which the server may be given as a bcrypt hash. Default: none.
    pub fn password(mut self, password: impl Into<String>) -> Self {
        self.password = Some(password.into());
        self
    }

    /// Requires `token` of clients. Default: none.
    pub fn token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Adds this text to the [configuration](https://docs.nats.io/running-a-nats-service/configuration): `config("max_payload: 1KB")`. It may
    /// hold `{dir}`, and `{port:NAME}` for further ports.
    pub fn config(mut self, text: impl AsRef<str>) -> Self {
        self.config += text.as_ref();
        self.config += "\n";
        self
    }
}

impl Daemon for Nats {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let mut config = format!("listen: \"127.0.0.1:{port}\"\n");
        if self.jetstream {
            config += &format!(
                "jetstream {{ store_dir: {} }}\n",
                quoted(&format!("{dir}/jetstream"))
            );
        }
        let monitor = site.port_named("monitor");
        if self.monitoring {
            config += &format!("http: \"127.0.0.1:{monitor}\"\n");
        }
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let (mut username, mut login) = (String::new(), String::new());
        let password = self.password.clone().unwrap_or_default();
        let token = self.token.clone().unwrap_or_default();
        // In a file, where other users do not see them; in a command line they would.
        if self.password.is_some() {
            username = self.username.clone().unwrap_or("nats".into());
            let (user, secret) = (quoted(&username), quoted(&password));
            config += &format!("authorization {{ user: {user}, password: {secret} }}\n");
            login = format!("{}:{}@", encoded(&username), encoded(&password));
        } else if self.token.is_some() {
            config += &format!("authorization {{ token: {} }}\n", quoted(&token));
            login = format!("{}@", encoded(&token));
        }
        let path = format!("{dir}/nats.conf");
        // It speaks first, whoever may log in.
        let ready = Ready::Exchange {
            address: format!("127.0.0.1:{port}"),
            send: String::new(),
            expect: "INFO ".into(),
        };

        let mut launch = Launch::new("nats");
        launch.software.push(Software {
            install: Install {
                apt: "nats-server".into(),
                brew: "nats-server".into(),
                ..Install::default()
            },
            ..Software::new("nats", ["nats-server"])
        });
        launch.prepare.push(Step::Write {
            path: path.clone(),
            text: config + &template(&self.config),
        });
        let command = Command::new("nats-server", ["-c".to_owned(), path]);
        launch
            .processes
            .push(Process::new(command, ready).stopped_by("SIGKILL"));
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        launch.url = format!("nats://{login}127.0.0.1:{port}");
        launch.values = [
            ("username", username),
            ("password", password),
            ("token", token),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into();
        if self.monitoring {
            let url = format!("http://127.0.0.1:{monitor}");
            launch.values.insert("monitor_url".into(), url);
        }
        launch.variables = [("NATS_URL".to_owned(), launch.url.clone())].into();
        launch.cli_variables = [("NATS_PORT".to_owned(), (*port).to_owned())].into();
        launch.invalid = self.problem();
        launch.isolation = Isolation::Server;
        launch
    }
}

impl Nats {
    fn problem(&self) -> Option<String> {
        let given = [
            ("username", &self.username),
            ("password", &self.password),
            ("token", &self.token),
        ];
        match (&self.username, &self.password, &self.token) {
            (Some(_), None, _) => Some("a `username` needs a `password`".into()),
            (_, Some(_), Some(_)) => {
                Some("clients have a `password` or a `token`, not both".into())
            }
            _ => given
                .into_iter()
                .find_map(|(option, value)| without_nul(option, value.as_deref()?)),
        }
    }
}

/// A text as the configuration wants it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", Quoting::Escape.of(text))
}

impl Options for Nats {
    const OPTIONS: &'static [Opt<Self>] = &[
        Opt::port("port", "listens on this port", Self::port),
        Opt::flag("jetstream", "keeps streams, too", |it| it.jetstream(true)),
        Opt::flag(
            "monitoring",
            "answers questions about itself by HTTP",
            |it| it.monitoring(true),
        ),
        Opt::text(
            "username",
            "NAME",
            "has this user, rather than `nats`",
            |it, name| Ok(it.username(name)),
        ),
        Opt::text(
            "password",
            "PASSWORD",
            "requires this of clients",
            |it, password| Ok(it.password(password)),
        ),
        Opt::text("token", "TOKEN", "requires this of clients", |it, token| {
            Ok(it.token(token))
        }),
        Opt::text(
            "config",
            "TEXT",
            "has this in its configuration, too",
            |it, text| Ok(it.config(text)),
        ),
    ];
}

impl Instance<Nats> {
    /// The user that has the password; empty if none is required.
    pub fn username(&self) -> &str {
        self.value("username")
    }

    /// The password that the server requires; empty if none.
    pub fn password(&self) -> &str {
        self.value("password")
    }

    /// The token that the server requires; empty if none.
    pub fn token(&self) -> &str {
        self.value("token")
    }

    /// Where the server answers questions about itself, such as `/varz`, if it was [asked to](Nats::monitoring).
    ///
    /// # Panics
    ///
    /// If it was not.
    pub fn monitor_url(&self) -> &str {
        self.value("monitor_url")
    }
}
