//! What is scraped, in a configuration that Prometheus and VictoriaMetrics read.

use http::Uri;
use serde_json::Value;

use super::configuration::Configuration;
use crate::launch::template;

/// What a server scrapes: what its own configuration says, or targets.
pub(super) struct Scraping<'a> {
    /// A whole configuration of the user's.
    pub(super) own: Configuration<'a>,
    /// Addresses or URLs, each of which is a job.
    pub(super) targets: &'a [String],
    pub(super) interval: Option<&'a str>,
}

impl Scraping<'_> {
    /// The text of the configuration.
    pub(super) fn configuration(&self) -> String {
        let ours = || configuration(self.targets, self.interval);
        self.own.get().map_or_else(ours, template)
    }

    /// What is wrong with it.
    pub(super) fn problem(&self) -> Option<String> {
        let own = self.own.problem();
        own.or_else(|| problem(self.targets))
            .or_else(|| self.replaced())
    }

    /// What is wrong with options that a whole configuration replaces.
    fn replaced(&self) -> Option<String> {
        let is_set = !self.targets.is_empty() || self.interval.is_some();
        (self.own.get().is_some() && is_set).then(|| {
            "`scrape` and `scrape_interval` are without effect beside a `config`; put them into it"
                .into()
        })
    }
}

/// The configuration that scrapes these targets.
fn configuration(targets: &[String], interval: Option<&str>) -> String {
    let interval = quoted(interval.unwrap_or("1s"));
    let mut config = format!("global: {{scrape_interval: {interval}}}\nscrape_configs:\n");
    for (name, target) in targets.iter().filter_map(|name| Some((name, read(name)?))) {
        let scheme = target.scheme_str().unwrap_or_default();
        let address = target
            .authority()
            .map_or("", |authority| authority.as_str());
        let path = match target.path() {
            "" | "/" => "/metrics",
            path => path,
        };
        let [name, address, path] = [name, address, path].map(quoted);
        config += &format!(
            "- {{job_name: {name}, scheme: {scheme}, metrics_path: {path}, static_configs: [{{targets: [{address}]}}]}}\n"
        );
    }
    config
}

/// What is wrong with the first that is no target.
fn problem(targets: &[String]) -> Option<String> {
    let wrong = targets.iter().find(|target| read(target).is_none())?;
    Some(format!(
        "`scrape`: `{wrong}` is not a target, expected e.g. `127.0.0.1:8080` or `http://127.0.0.1:8080/metrics`"
    ))
}

fn read(target: &str) -> Option<Uri> {
    let url = match target.contains("://") {
        true => target.parse(),
        false => format!("http://{target}").parse(),
    };
    let url: Uri = url.ok()?;
    let is_http = ["http", "https"].map(Some).contains(&url.scheme_str());
    (is_http && url.port().is_some() && url.query().is_none()).then_some(url)
}

/// A text as YAML has it, which is JSON too.
fn quoted(text: impl AsRef<str>) -> String {
    Value::from(text.as_ref()).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_an_address_or_a_url() {
        let job = |target: &str| {
            let targets = [target.to_owned()];
            assert_eq!(problem(&targets), None);
            let config = configuration(&targets, None);
            config.lines().last().unwrap_or_default().to_owned()
        };
        assert_eq!(
            job("127.0.0.1:80"),
            r#"- {job_name: "127.0.0.1:80", scheme: http, metrics_path: "/metrics", static_configs: [{targets: ["127.0.0.1:80"]}]}"#
        );
        let url = job("https://localhost:1/a");
        for wanted in ["scheme: https", r#""/a""#, r#"["localhost:1"]"#] {
            assert!(url.contains(wanted), "{url}");
        }
    }

    #[test]
    fn what_is_no_target_is_named() {
        for wrong in [
            "",
            "localhost",
            "ftp://a:1",
            "a:x",
            "http://a:1/?b=c",
            "/metrics",
        ] {
            let problem = problem(&["a:1".into(), wrong.into()]).unwrap_or_default();
            assert!(
                problem.contains(&format!("`{wrong}` is not a target")),
                "{problem}"
            );
        }
    }
}
