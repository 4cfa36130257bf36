//! nginx.

use std::path::{Path, PathBuf};

use super::configuration::Configuration;
use super::declare::{declare, values};
use super::file::located;
use super::slot::FileTexts;
use crate::daemon::Daemon;
use crate::launch::{
    Command, HttpProbe, Isolation, Launch, Process, Quoting, Ready, Reuse, Site, Software, Step,
    template,
};

declare! {
    /// An [nginx](https://nginx.org) server, for a directory or with your own configuration.
    ///
    /// It starts in about 15 ms, so tests do not share it. Without options it serves the empty directory
    /// [`root`](crate::Instance::<Nginx>::root), where a test may put files, on 127.0.0.1. It is a single process, which as root runs as root.
    #[title("nginx")]
    #[a_test_gets("a dedicated server, for a directory or with your own configuration")]
    pub struct Nginx {
        /// Listen on this port instead of a leased one.
        port(u16): Option<u16>,
        /// Serve this directory.
        ///
        /// A relative path starts from the package's directory. Default: an empty directory of the instance.
        #[value("DIRECTORY")]
        root(impl AsRef<Path>): Option<PathBuf> = located,
        /// Use this configuration.
        ///
        /// A text with an `http`, `stream` or `events` block is the whole configuration. Any other text, such as some `server` blocks, becomes the
        /// content of the `http` block, like the files in `conf.d`.
        ///
        /// It must listen on `127.0.0.1:{port}`. It may contain `{dir}` for the instance's directory and `{port:NAME}` for further ports, which
        /// are [`port_named`](crate::Instance::port_named). Relative paths start from the instance's directory. A whole configuration should have
        /// `include paths.conf;` in its `http` block: that keeps logs and temporary files in that directory, since only root can write to the
        /// system's.
        config(impl Into<String>): Option<String>,
        /// Use the configuration in this file.
        ///
        /// See [`config`](Self::config), which it replaces. A relative path starts from the package's directory.
        config_file(impl AsRef<Path>): FileTexts = located,
    }
}

values! { Nginx {
    /// The directory that is served, unless the configuration says otherwise.
    root: Path,
} }

/// The places where it would otherwise write to system directories. Paths are relative to the instance's directory, here and below, since
/// nginx cannot quote every character of a path.
const PATHS: &str = "\
access_log access.log;
client_body_temp_path tmp/body;
proxy_temp_path tmp/proxy;
fastcgi_temp_path tmp/fastcgi;
uwsgi_temp_path tmp/uwsgi;
scgi_temp_path tmp/scgi;
";

/// Directives in addition to the configuration, unless it sets them itself: a single process that does not detach or change its user, and the
/// path of its PID file.
const MAIN: [(&str, &str); 3] = [
    ("daemon", "off"),
    ("master_process", "off"),
    ("pid", "nginx.pid"),
];

/// A variable that contains a dollar sign, which directives cannot express.
const DOLLAR: &str = "geo $fixtured_dollar { default \"$\"; }\n";

impl Daemon for Nginx {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let own = format!("{dir}/html");
        let root = self.root.as_ref().map(|root| root.display().to_string());
        let (config, main) = self.configuration(site);
        let path = format!("{dir}/nginx.conf");
        // Its log is where it prints, from the beginning and for what the configuration does not send elsewhere.
        let command = Command::new(
            "nginx",
            ["-p", dir, "-e", "stderr", "-c", &path, "-g", &main],
        );
        let url = format!("http://127.0.0.1:{port}");
        // A configuration may answer with anything, or speak something else.
        let ready = match self.own().get() {
            Some(_) => Ready::port(port),
            None => Ready::Http(HttpProbe::new(format!("{url}/")).status(r"\d{3}")),
        };
        Launch::new("nginx")
            .needs(
                Software::new("nginx", ["nginx"])
                    .version_args(["-v"])
                    .apt("nginx-light")
                    .brew("nginx"),
            )
            .prepare(Step::Directory(own.clone()))
            .prepare(Step::Directory(format!("{dir}/tmp")))
            .write(format!("{dir}/paths.conf"), PATHS)
            .write(path, config)
            .run(Process::new(command, ready).stopped_by("SIGKILL"))
            .reuse(Reuse::impossible(
                "FIXTURED_NGINX_URL",
                "its configuration is what a test wants",
            ))
            .fixed_port("", self.port)
            .url(url)
            .values(Values {
                root: root.unwrap_or(own),
            })
            .cli_variables([("NGINX_PORT", *port)])
            .isolation(Isolation::Server)
            .invalid(self.problem(site))
    }
}

impl Nginx {
    /// The user's configuration.
    fn own(&self) -> Configuration<'_> {
        Configuration {
            text: &self.config,
            files: &self.config_file,
        }
    }

    fn problem(&self, site: &Site) -> Option<String> {
        let root = self.root.as_ref().and_then(|root| {
            let shown = root.display();
            match (root.is_dir(), root.to_str()) {
                (false, _) => Some(format!("`root`: `{shown}` is not a directory")),
                (true, None) => Some(format!("`root`: `{shown}` is not UTF-8")),
                _ => None,
            }
        });
        root.or(self.own().listening(self.port, site))
    }

    /// The configuration, and what the command line has to add to it.
    fn configuration(&self, site: &Site) -> (String, String) {
        let port = site.port;
        let directive = |(name, value): &(&str, &str)| format!("{name} {value};");
        match self.own().get() {
            Some(text)
                if ["http", "stream", "events"]
                    .iter()
                    .any(|block| has(text, block)) =>
            {
                let missing = MAIN.iter().filter(|(name, _)| !has(text, name));
                let missing: Vec<_> = missing.map(directive).collect();
                (template(text), missing.join(" "))
            }
            other => {
                let listen = format!("server {{ listen 127.0.0.1:{port}; }}");
                let inside = other.map_or(listen, template);
                // The instance's own is what nginx takes without being told; if it is told, what a dollar begins is a variable.
                let root = self.root.as_ref().map(|root| {
                    let root = Quoting::Backslash.of(root.display().to_string());
                    match root.contains('$') {
                        true => format!(
                            "{DOLLAR}root \"{}\";\n",
                            root.replace('$', "${fixtured_dollar}")
                        ),
                        false => format!("root \"{root}\";\n"),
                    }
                });
                let root = root.unwrap_or_default();
                // Whoever packs it keeps the types of files elsewhere; a pattern without a match is no error.
                let text = format!(
                    "events {{}}\nhttp {{\ninclude paths.conf;\ninclude /etc/nginx/mime.type[s];\n\
                     include /opt/homebrew/etc/nginx/mime.type[s];\n{root}{inside}\n}}\n"
                );
                (
                    text,
                    MAIN.iter().map(directive).collect::<Vec<_>>().join(" "),
                )
            }
        }
    }
}

/// Returns whether a configuration has a directive of this name at the start of a line.
fn has(config: &str, name: &str) -> bool {
    config.lines().any(|line| {
        let rest = line.trim_start().strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '{', ';']))
    })
}
