//! nginx.

use std::path::{Path, PathBuf};

use super::file::{located, read};
use super::options::{Opt, Options};
use crate::daemon::Daemon;
use crate::instance::Instance;
use crate::launch::{
    Command, HttpProbe, Install, Isolation, Launch, Process, Quoting, Ready, Site, Software, Step,
    template,
};

/// An [nginx](https://nginx.org) server: of a directory, or with a configuration of the user's.
///
/// Each test has a server of its own, which starts in some 15 ms. Without options it serves the empty directory
/// [`root`](Instance::<Nginx>::root), where a test may put files, on 127.0.0.1. It is a single process, which as root runs as root.
#[derive(Clone, Debug, Default)]
pub struct Nginx {
    port: Option<u16>,
    root: Option<PathBuf>,
    config: Option<String>,
    problem: Option<String>,
}

/// Where else it would write into directories of the system. Paths start from the instance's own, as in all that is written here: nginx
/// has no way to write all that a path may hold.
const PATHS: &str = "\
access_log access.log;
client_body_temp_path tmp/body;
proxy_temp_path tmp/proxy;
fastcgi_temp_path tmp/fastcgi;
uwsgi_temp_path tmp/uwsgi;
scgi_temp_path tmp/scgi;
";

/// What the server is told beside its configuration, unless that says something else about it: to be one process, which does not
/// detach itself and does not become another user, and to write its number here.
const MAIN: [(&str, &str); 3] = [
    ("daemon", "off"),
    ("master_process", "off"),
    ("pid", "nginx.pid"),
];

/// A variable with a dollar in it, which is what no directive can write.
const DOLLAR: &str = "geo $fixtured_dollar { default \"$\"; }\n";

impl Nginx {
    /// Listens on this port, rather than on a leased one.
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Serves this directory; a relative path starts from the package's. Default: an empty one of the instance's.
    pub fn root(mut self, directory: impl AsRef<Path>) -> Self {
        let directory = located(directory.as_ref());
        if !directory.is_dir() {
            let problem = format!("`root`: `{}` is no directory", directory.display());
            self.problem.get_or_insert(problem);
        }
        if directory.to_str().is_none() {
            let problem = format!("`root`: `{}` is not UTF-8", directory.display());
            self.problem.get_or_insert(problem);
        }
        self.root = Some(directory);
        self
    }

    /// Has this configuration. What has an `http`, `stream` or `events` block is the whole of it; anything else, such as some `server` blocks,
    /// is what the `http` block has, as with the files in `conf.d`.
    ///
    /// It must listen on `127.0.0.1:{port}`, and may hold `{dir}` for the instance's directory and `{port:NAME}` for further ports, which are
    /// [`port_named`](Instance::port_named). Relative paths start from the instance's directory. A whole configuration does well to have
    /// `include paths.conf;` in its `http` block: it keeps logs and temporary files in that directory, since those of the system are for
    /// root only.
    pub fn config(mut self, text: impl Into<String>) -> Self {
        self.config = Some(text.into());
        self
    }

    /// Has the configuration that this file has; see [`config`](Self::config). A relative path starts from the package's directory.
    pub fn config_file(mut self, path: impl AsRef<Path>) -> Self {
        match read("config_file", path.as_ref()) {
            Ok(text) => self.config = Some(text),
            Err(problem) => self.problem = Some(problem),
        }
        self
    }

    /// The configuration, and what the command line has to add to it.
    fn configuration(&self, site: &Site) -> (String, String) {
        let port = site.port;
        let directive = |(name, value): &(&str, &str)| format!("{name} {value};");
        match &self.config {
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
                let inside = other.as_deref().map_or(listen, template);
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

/// Whether a configuration has a directive of this name at the start of a line.
fn has(config: &str, name: &str) -> bool {
    config.lines().any(|line| {
        let rest = line.trim_start().strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '{', ';']))
    })
}

impl Daemon for Nginx {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, port, .. } = site;
        let own = format!("{dir}/html");
        let root = match &self.root {
            Some(root) => root.display().to_string(),
            None => own.clone(),
        };
        let (config, main) = self.configuration(site);
        let path = format!("{dir}/nginx.conf");
        // Its log is where it prints, from the beginning and for what the configuration does not send elsewhere.
        let args = ["-p", dir, "-e", "stderr", "-c", &path, "-g", &main];
        // A configuration may answer with anything, or speak something else.
        let ready = match &self.config {
            Some(_) => Ready::Tcp(format!("127.0.0.1:{port}")),
            None => Ready::Http(HttpProbe {
                status: r"\d{3}".into(),
                ..HttpProbe::new(format!("http://127.0.0.1:{port}/"))
            }),
        };

        let mut launch = Launch::new("nginx");
        launch.software.push(Software {
            version_args: vec!["-v".into()],
            install: Install {
                apt: "nginx-light".into(),
                brew: "nginx".into(),
                ..Install::default()
            },
            ..Software::new("nginx", ["nginx"])
        });
        let write = |name: &str, text: &str| Step::Write {
            path: format!("{dir}/{name}"),
            text: text.into(),
        };
        launch.prepare = vec![
            Step::Directory(own),
            Step::Directory(format!("{dir}/tmp")),
            write("paths.conf", PATHS),
            write("nginx.conf", &config),
        ];
        launch
            .processes
            .push(Process::new(Command::new("nginx", args), ready).stopped_by("SIGKILL"));
        launch
            .fixed_ports
            .extend(self.port.map(|port| (String::new(), port)));
        launch.url = format!("http://127.0.0.1:{port}");
        launch.values = [("root".to_owned(), root)].into();
        launch.cli_variables = [("NGINX_PORT".to_owned(), (*port).to_owned())].into();
        launch.invalid = self.problem.clone();
        let listens = self
            .config
            .as_ref()
            .is_none_or(|text| template(text).contains(port));
        if launch.invalid.is_none() && !listens && self.port.is_none() {
            launch.invalid = Some("the configuration must listen on `127.0.0.1:{port}`".into());
        }
        launch.isolation = Isolation::Server;
        launch
    }
}

impl Options for Nginx {
    const TITLE: &'static str = "nginx";
    const GETS: &'static str = "a server of its own, for a directory or with your configuration";

    fn options() -> Vec<Opt<Self>> {
        vec![
            Opt::port("port", "listens on this port", Self::port),
            Opt::text("root", "DIRECTORY", "serves this directory", |it, path| {
                Ok(it.root(path))
            }),
            Opt::text("config", "TEXT", "has this configuration", |it, text| {
                Ok(it.config(text))
            }),
            Opt::text(
                "config-file",
                "PATH",
                "has the configuration of this file",
                |it, path| Ok(it.config_file(path)),
            ),
        ]
    }
}

impl Instance<Nginx> {
    /// The directory that is served, unless the configuration says otherwise.
    pub fn root(&self) -> &Path {
        Path::new(self.value("root"))
    }
}
