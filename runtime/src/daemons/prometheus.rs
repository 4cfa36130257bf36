//! Prometheus.

use std::path::Path;

use super::configuration::Configuration;
use super::declare::declare;
use super::file::located;
use super::scrape::Scraping;
use super::slot::{FileTexts, Settings};
use crate::daemon::Daemon;
use crate::launch::{Command, Isolation, Launch, Process, Ready, Reuse, Site, Software};

declare! {
    /// A [Prometheus](https://prometheus.io) server.
    ///
    /// It starts in about 60 ms, so tests do not share it: what it scrapes and what it has stored belong to the server. It accepts
    /// [remote writes](https://prometheus.io/docs/prometheus/latest/querying/api/#remote-write-receiver) at `/api/v1/write`, can be told to read
    /// its configuration again (`POST /-/reload`), and has its
    /// [administration API](https://prometheus.io/docs/prometheus/latest/querying/api/#tsdb-admin-apis) enabled. It listens on 127.0.0.1 only.
    /// As root it runs as root.
    #[title("Prometheus")]
    #[a_test_gets("a dedicated server")]
    pub struct Prometheus {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Scrape this target: an address, or the URL of its metrics.
        ///
        /// Repeat it for more. `127.0.0.1:8080` stands for `http://127.0.0.1:8080/metrics`. The job is called what you write here.
        #[value("TARGET")]
        scrape(impl Into<String>): Vec<String>,
        /// Scrape this often.
        ///
        /// In Prometheus's terms, such as `100ms`. Default: `1s`.
        #[value("TIME")]
        scrape_interval(impl Into<String>): Option<String>,
        /// Use this [configuration](https://prometheus.io/docs/prometheus/latest/configuration/configuration/).
        ///
        /// It may contain `{dir}` for the instance's directory and `{port:NAME}` for further ports, which are
        /// [`port_named`](crate::Instance::port_named). Relative paths start from the instance's directory.
        config(impl Into<String>): Option<String>,
        /// Use the configuration in this file.
        ///
        /// See [`config`](Self::config), which it replaces. A relative path starts from the package's directory.
        config_file(impl AsRef<Path>): FileTexts = located,
        /// Set an [option](https://prometheus.io/docs/prometheus/latest/command-line/prometheus/) of its command line.
        ///
        /// For example `setting("storage.tsdb.retention.time", "1h")`. An empty value is for an option that takes none.
        setting(impl Into<String>, impl Into<String>): Settings = Settings::one,
    }
}

impl Daemon for Prometheus {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let scraping = Scraping {
            own: Configuration {
                text: &self.config,
                files: &self.config_file,
            },
            targets: &self.scrape,
            interval: self.scrape_interval.as_deref(),
        };
        let path = format!("{dir}/prometheus.yml");
        let url = format!("http://127.0.0.1:{port}");
        let command = Command::new("prometheus", [format!("--config.file={path}")])
            .arg(format!("--storage.tsdb.path={dir}/data"))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args([
                "--web.enable-remote-write-receiver",
                "--web.enable-lifecycle",
            ])
            .args(["--web.enable-admin-api", "--log.level=warn"])
            .args(self.setting.as_arguments());
        let process = Process::new(command, Ready::get(format!("{url}/-/ready")));

        Launch::new("prometheus")
            .needs(
                Software::new("prometheus", ["prometheus"])
                    .apt("prometheus")
                    .brew("prometheus"),
            )
            .write(path, scraping.configuration())
            .run(process.stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_PROMETHEUS_URL",
                "what it scrapes and stores belongs to all its clients",
            ))
            .fixed_port("", self.port)
            .url(url)
            .cli_variables([("PROMETHEUS_PORT", *port)])
            .isolation(Isolation::Server)
            .invalid(scraping.problem())
    }
}
