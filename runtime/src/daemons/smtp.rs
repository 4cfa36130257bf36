//! A mail catcher: MailDev.

use serde_json::json;

use super::declare::{declare, values};
use super::login::login;
use crate::daemon::Daemon;
use crate::launch::{
    Command, Databases, Launch, Process, Protocol, Ready, Reuse, Site, Software, Step,
};

declare! {
    /// An SMTP server that keeps the messages it accepts, for tests to read: [MailDev](https://github.com/maildev/maildev), version 3.
    ///
    /// Tests share it, since it takes more than a second to start and 140 MB. Each has a mail domain of its own,
    /// [`domain`](crate::Instance::<Self>::domain), such as `t-signs-up-1.test`. Mail to any address in it belongs to the test, and is deleted when
    /// the test ends. [`mailbox`](crate::Instance::<Self>::mailbox) is one such address; `GET` requests to
    /// [`messages_url`](crate::Instance::<Self>::messages_url) return its messages. `scope = "test"` starts a dedicated server.
    ///
    /// The server delivers nothing. It accepts any sender and recipient without TLS, and parses a message before it answers that it has accepted
    /// it. SMTP and the API, which is also a web page, listen on 127.0.0.1 only. As root it runs as root.
    ///
    /// With `FIXTURED_SMTP_URL=smtp://HOST:1025` tests use an existing MailDev 3. `?management_port=` in the URL says where its API is, if not at
    /// port 1080.
    ///
    /// It needs Node.js 20 or later.
    #[title("SMTP (MailDev)")]
    #[a_test_gets("a mail domain in a shared server")]
    pub struct Smtp {
        /// Listen for SMTP on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Serve the API and the web page on this port instead of a leased one.
        #[value("PORT")]
        api_port(u16): Option<u16>,
        /// Require this password of clients, with the user name `test`.
        ///
        /// Default: none; the server does not offer to log in.
        #[value("PASSWORD")]
        password(impl Into<String>): Option<String>,
        /// Limit the size of a message, in bytes.
        ///
        /// Default: 50 MiB.
        #[value("BYTES")]
        max_message_size(u64): Option<u64>,
    }
}

values! { Smtp {
    /// The mail domain of the test, unique among the tests that share the server; `mail.test` in a dedicated one.
    domain: String = "database",
    /// An address in that domain: `test@DOMAIN`.
    mailbox: String,
    /// The URL of the messages to the [`mailbox`](Self::mailbox): a JSON array, in the order of arrival. Each has `subject`, `from`, `to`,
    /// `text`, `html`, `headers`, `attachments` and `envelope`.
    messages_url: String,
    /// The URL of the [API](https://github.com/maildev/maildev/blob/master/docs/rest.md): `GET /email` returns all messages of all tests,
    /// `GET /email?envelope.to.address=ADDRESS` those to an address.
    api_url: String,
    /// The user that has the password; empty if none is required.
    username: String,
    /// The password that the server requires; empty if none.
    password: String,
} }

/// The only user that there can be.
const USER: &str = "test";

impl Daemon for Smtp {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let api = format!("127.0.0.1:{}", site.port_named("api"));
        let domain = site.value("database");
        let urls = |api: &str| {
            let api_url = format!("http://{api}/api");
            let recipient = format!("envelope.to.address={USER}%40{domain}");
            [format!("{api_url}/email?{recipient}"), api_url]
        };
        let [messages_url, api_url] = urls(&api);
        let mailbox = format!("{USER}@{domain}");
        let [messages_there, api_there] = urls(&site.value("management"));
        // It would take a configuration from any directory above this one otherwise.
        let mut config = json!({});
        let mut password = String::new();
        if let Some(wanted) = &self.password {
            config = json!({ "incomingUser": USER, "incomingPass": wanted });
            password.clone_from(wanted);
        }
        let client = self.password.as_ref().map(|it| login(USER, Some(it)));
        let api_port = site.port_named("api");
        let limit = self.max_message_size.map(|bytes| bytes.to_string());
        let limit = limit.map(|bytes| ["--max-message-size".to_owned(), bytes]);
        let command = Command::new("maildev", ["--config", "maildev.json"])
            .args(["--ip", "127.0.0.1", "--smtp", port])
            .args(["--web-ip", "127.0.0.1", "--web", &api_port])
            .args(limit.into_iter().flatten());
        let ready = Ready::exchange(format!("127.0.0.1:{port}"), "", "220 ");
        let server = Process::new(command, ready)
            .after_ready(Step::Wait(Ready::get(format!("{api_url}/healthz"))));

        Launch::new("smtp")
            .needs(Software::new("smtp", ["maildev"]).npm("maildev@3.0.0"))
            .write(format!("{dir}/maildev.json"), config.to_string())
            .run(server.stopped_by("SIGKILL"))
            .reuse(
                Reuse::new("FIXTURED_SMTP_URL", 1025)
                    .managed_at(1080)
                    .url(format!("smtp://{}", site.value("authority")))
                    .values([("messages_url", messages_there), ("api_url", api_there)]),
            )
            .fixed_port("", self.port)
            .fixed_port("api", self.api_port)
            .url(format!(
                "smtp://{}127.0.0.1:{port}",
                client.unwrap_or_default()
            ))
            .cli_variables([("SMTP_PORT", *port), ("SMTP_API_URL", &api_url)])
            .cli_variables([
                ("SMTP_MAILBOX", &mailbox),
                ("SMTP_MESSAGES_URL", &messages_url),
            ])
            .invalid(
                self.password
                    .as_ref()
                    .filter(|it| it.is_empty())
                    .map(|_| "a `password` is not empty"),
            )
            .isolation(Databases::new(Protocol::Maildev, api, "", ""))
            .values(Values {
                domain: "mail.test".into(),
                mailbox,
                messages_url,
                api_url,
                username: self.password.as_ref().map_or("", |_| USER).into(),
                password,
            })
    }
}
