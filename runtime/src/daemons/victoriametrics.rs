//! VictoriaMetrics, as a single node.

use std::path::Path;

use super::configuration::Configuration;
use super::declare::declare;
use super::file::located;
use super::scrape::Scraping;
use super::slot::{FileTexts, Settings};
use crate::daemon::Daemon;
use crate::launch::{Command, Isolation, Launch, Process, Ready, Reuse, Site, Software, Step};

declare! {
    /// A [VictoriaMetrics](https://docs.victoriametrics.com/single-server-victoriametrics/) server: a single node, which Prometheus's clients
    /// and remote writes can use.
    ///
    /// It starts in about 40 ms, so tests do not share it: what it has stored belongs to the server. What is written can be queried about a second
    /// later. The server remembers for up to 10 s that a query has found no series, so a test that asks too early has to wait that long. Samples may
    /// have any age. It listens on 127.0.0.1 only. As root it runs as root.
    #[title("VictoriaMetrics")]
    #[a_test_gets("a dedicated server")]
    pub struct Victoriametrics {
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
        /// Use this configuration of what to scrape.
        ///
        /// It is [that of Prometheus](https://prometheus.io/docs/prometheus/latest/configuration/configuration/). It may contain `{dir}` for the
        /// instance's directory and `{port:NAME}` for further ports, which are [`port_named`](crate::Instance::port_named). Relative paths start
        /// from the instance's directory.
        config(impl Into<String>): Option<String>,
        /// Use the configuration in this file.
        ///
        /// See [`config`](Self::config), which it replaces. A relative path starts from the package's directory.
        config_file(impl AsRef<Path>): FileTexts = located,
        /// Set an [option](https://docs.victoriametrics.com/single-server-victoriametrics/#list-of-command-line-flags) of its command line.
        ///
        /// For example `setting("maxLabelsPerTimeseries", "10")`.
        setting(impl Into<String>, impl Into<String>): Settings = Settings::one,
    }
}

impl Daemon for Victoriametrics {
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
        let path = format!("{dir}/scrape.yml");
        let url = format!("http://127.0.0.1:{port}");
        let command = Command::new("victoria-metrics", [format!("-promscrape.config={path}")])
            .arg(format!("-storageDataPath={dir}/data"))
            .arg(format!("-httpListenAddr=127.0.0.1:{port}"))
            // Samples of tests may be old, and are asked for as soon as they are there.
            .args(["-retentionPeriod=100y", "-search.latencyOffset=0s"])
            .args(["-search.disableCache", "-loggerLevel=WARN"])
            .args(self.setting.as_arguments());
        let mut process = Process::new(command, Ready::get(format!("{url}/health")));
        if scraping.own.get().is_some() {
            // The server reads it when it is already ready.
            let scrape = format!("-promscrape.config={path}");
            let check = Command::new("victoria-metrics", ["-dryRun", "-loggerLevel=WARN"]);
            process = process.prepare(Step::Run(check.arg(scrape)));
        }

        Launch::new("victoriametrics")
            .needs(
                Software::new("victoriametrics", ["victoria-metrics"])
                    .apt("victoria-metrics")
                    .brew("victoriametrics"),
            )
            .write(path, scraping.configuration())
            .run(process.stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_VICTORIAMETRICS_URL",
                "what it scrapes and stores belongs to all its clients",
            ))
            .fixed_port("", self.port)
            .url(url)
            .cli_variables([("VICTORIAMETRICS_PORT", *port)])
            .isolation(Isolation::Server)
            .invalid(scraping.problem())
    }
}
