//! NATS.

use super::declare::{declare, values};
use super::init::Init;
use super::init_slot::DataInit;
use super::login::{login, needs_password};
use super::period::Period;
use super::slot::Timeout;
use super::validation::without_nul;
use crate::daemon::{Daemon, Prepare};
use crate::launch::{
    Command, Isolation, Launch, Process, Quoting, Ready, Reuse, Seed, Site, Software, Stop,
    template,
};

declare! {
    /// A [NATS](https://nats.io) server.
    ///
    /// It starts in about 10 ms, so tests do not share it: subjects, streams and connections belong to the server. It listens on 127.0.0.1
    /// only, without routes to other servers, and without a monitoring port unless [`monitoring`](Self::monitoring) is set. As root it
    /// runs as root.
    #[title("NATS")]
    #[a_test_gets("a dedicated server")]
    pub struct Nats {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Run this version, such as `2` or `2.15`.
        ///
        /// Default: any.
        #[value("VERSION")]
        version(impl Into<String>): Option<String>,
        /// Enable [JetStream](https://docs.nats.io/nats-concepts/jetstream): streams, key-value buckets and objects.
        ///
        /// They are kept in the instance's directory. Default: off.
        jetstream(bool): bool,
        /// Serve monitoring data by HTTP.
        ///
        /// See [`monitor_url`](crate::Instance::<Nats>::monitor_url). Default: off.
        monitoring(bool): bool,
        /// Name the user that has the password.
        ///
        /// Default: `nats`.
        #[value("NAME")]
        username(impl Into<String>): Option<String>,
        /// Require this password of clients.
        ///
        /// It may be a bcrypt hash of what clients send. Default: none.
        #[value("PASSWORD")]
        password(impl Into<String>): Option<String>,
        /// Require this token of clients.
        ///
        /// Default: none.
        #[value("TOKEN")]
        token(impl Into<String>): Option<String>,
        /// Add this text to the [configuration](https://docs.nats.io/running-a-nats-service/configuration).
        ///
        /// For example `config("max_payload: 1KB")`. The text may contain `{dir}`, and `{port:NAME}` for further ports.
        config(impl Into<String>): Vec<String>,
        /// Start from a copy of this data directory.
        ///
        /// It may also be a function, which fills a first server; see [`Init`].
        /// Needs [`jetstream`](Self::jetstream), without which the server keeps nothing.
        init<Kind>(impl Init<Kind>): DataInit = Init::source,
        /// Limit how long the server may take to start, and a test to get its data.
        ///
        /// Default: 60 s.
        timeout(impl Period): Timeout = Period::duration,
    }
}

values! { Nats {
    /// The user that has the password; empty if none is required.
    username: String,
    /// The password that the server requires; empty if none.
    password: String,
    /// The token that the server requires; empty if none.
    token: String,
    /// The URL of the monitoring data, such as `/varz`.
    ///
    /// # Panics
    ///
    /// Without [`monitoring`](Nats::monitoring).
    monitor_url: Option<String>,
} }

impl Daemon for Nats {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let monitor = site.port_named("monitor");
        let store = format!("{dir}/jetstream");
        let mut config = format!("listen: \"127.0.0.1:{port}\"\n");
        if self.jetstream {
            config += &format!("jetstream {{ store_dir: {} }}\n", quoted(&store));
        }
        if self.monitoring {
            config += &format!("http: \"127.0.0.1:{monitor}\"\n");
        }
        let (mut username, mut client) = (String::new(), String::new());
        // In a file, where other users do not see them; in a command line they would.
        if let Some(password) = &self.password {
            username = self.username.clone().unwrap_or("nats".into());
            let (user, secret) = (quoted(&username), quoted(password));
            config += &format!("authorization {{ user: {user}, password: {secret} }}\n");
            client = login(&username, Some(password));
        } else if let Some(token) = &self.token {
            config += &format!("authorization {{ token: {} }}\n", quoted(token));
            client = login(token, None);
        }
        config.extend(self.config.iter().map(|text| template(text) + "\n"));
        let path = format!("{dir}/nats.conf");
        let command = Command::new("nats-server", ["-c", &path]);
        // It speaks first, whoever may log in.
        let ready = Ready::exchange(format!("127.0.0.1:{port}"), "", "INFO ");
        let url = format!("nats://{client}127.0.0.1:{port}");

        let launch = Launch::new("nats")
            .needs(
                Software::new("nats", ["nats-server"])
                    .search_paths(["/usr/local/nats*/bin"])
                    .version(self.version.as_deref())
                    .apt("nats-server")
                    .brew("nats-server"),
            )
            .write(path, config)
            // Streams are on disk after SIGINT.
            .run(
                Process::new(command, ready)
                    .stop(Stop::default().signal("SIGKILL").shutdown_signal("SIGINT")),
            )
            .reuse(Reuse::impossible(
                "FIXTURED_NATS_URL",
                "its subjects and streams belong to all its clients",
            ))
            .fixed_port("", self.port)
            .url(&url)
            .values(Values {
                username,
                password: self.password.clone().unwrap_or_default(),
                token: self.token.clone().unwrap_or_default(),
                monitor_url: self
                    .monitoring
                    .then(|| format!("http://127.0.0.1:{monitor}")),
            })
            .variables([("NATS_URL", url)])
            .cli_variables([("NATS_PORT", *port)])
            .isolation(Isolation::Server)
            .invalid(self.problem());
        self.timeout
            .limit(self.init.seeds(launch, Seed::new(store)))
    }

    fn prepare(&self) -> Option<Prepare> {
        self.init.prepare()
    }
}

impl Nats {
    fn problem(&self) -> Option<String> {
        let given = [
            ("username", &self.username),
            ("password", &self.password),
            ("token", &self.token),
        ];
        let forgets = self.init.is_given() && !self.jetstream;
        let both = self.password.is_some() && self.token.is_some();
        needs_password(&self.username, &self.password)
            .or(both.then_some("set a `password` or a `token`, not both"))
            .or(forgets
                .then_some("`init` needs `jetstream`, without which the server keeps nothing"))
            .map(Into::into)
            .or_else(|| {
                let mut given = given.into_iter();
                given.find_map(|(option, value)| without_nul(option, value.as_deref()?))
            })
    }
}

/// A text as the configuration wants it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", Quoting::Escape.of(text))
}
