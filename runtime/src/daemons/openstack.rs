//! What OpenStack's servers have in common: Python programs that serve an API by HTTP, configured by oslo.config.

use super::Postgres;
use super::validation::one_line;
use crate::daemon::Daemon;
use crate::launch::{
    Command, Isolation, Launch, Process, Quoting, Ready, Reuse, Site, Software, Step,
};

/// A server that all tests share, run from a script that begins with `python/serve.py`.
pub(super) struct Service {
    /// Its name, which is that of its package too.
    pub(super) name: &'static str,
    /// A program that the package must have.
    pub(super) program: &'static str,
    /// What pip installs.
    pub(super) pip: &'static str,
    /// The script.
    pub(super) script: &'static str,
    /// The environment of its commands.
    pub(super) env: &'static [(&'static str, &'static str)],
    /// The path that its API answers when it is ready.
    pub(super) health: &'static str,
}

/// Why there are no tests with a server that others use.
const LEFT: &str = "what tests leave in it could not be told apart";

impl Service {
    fn software(&self) -> Software {
        Software::python(self.name, [self.program]).pip(self.pip)
    }

    /// The URL of its API.
    pub(super) fn http_url(&self, site: &Site) -> String {
        format!("http://localhost:{}", site.port)
    }

    /// What it launches: these parts, by name, and nothing of its own yet.
    pub(super) fn launch<'a>(
        &self,
        site: &Site,
        parts: impl IntoIterator<Item = (&'a str, Launch)>,
    ) -> Launch {
        let (name, port) = (self.name, site.port);
        let variable = |end: &str| format!("{}_{end}", name.to_uppercase());
        let existing = format!("FIXTURED_{}", variable("URL"));
        let launch = Launch::new(name).needs(self.software());
        let parts = parts.into_iter();
        parts
            .fold(launch, |launch, (name, part)| launch.include(name, part))
            .url(format!("{name}://localhost:{port}"))
            .cli_variables([
                (variable("PORT"), port.to_owned()),
                (variable("HTTP_URL"), self.http_url(site)),
            ])
            .reuse(Reuse::impossible(existing, LEFT))
            .isolation(Isolation::Prefix)
    }

    /// Its Python with these arguments.
    pub(super) fn python<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Command {
        self.command(&self.software().program("python3"), args)
    }

    /// One of its commands.
    pub(super) fn command<'a>(
        &self,
        program: &str,
        args: impl IntoIterator<Item = &'a str>,
    ) -> Command {
        Command::new(program, args).envs(self.env.iter().copied())
    }

    /// Where the script is.
    pub(super) fn script_path(&self, site: &Site) -> String {
        format!("{}/serve.py", site.dir)
    }

    /// The server, run by this command.
    pub(super) fn server(&self, site: &Site, command: Command) -> Process {
        let url = format!("http://127.0.0.1:{}{}", site.port, self.health);
        Process::new(command, Ready::get(url)).stopped_by("SIGKILL")
    }

    /// The server, whose script takes the path of its configuration and the address of its API.
    pub(super) fn configured(&self, site: &Site, config: String, database: &Database) -> Process {
        let script = self.script_path(site);
        let path = format!("{}/{}.conf", site.dir, self.name);
        let address = format!("127.0.0.1:{}", site.port);
        let command = self.python([&*script, &path, &address]);
        self.server(site, command.envs(database.env.clone()))
            .prepare(Step::write(script, self.script))
            .prepare(Step::write(path, config))
    }
}

/// The database of a service: one of the user's, or a dedicated PostgreSQL server.
pub(super) struct Database {
    /// Its URL, as the configuration has it.
    pub(super) url: String,
    /// The dedicated server with its name, a part of the service.
    pub(super) part: Option<(&'static str, Launch)>,
    /// What is wrong with the user's URL.
    pub(super) problem: Option<String>,
    env: Vec<(&'static str, String)>,
}

impl Database {
    /// The database at this URL, which `option` names in messages; or else in a server that is the part `part` and listens on this port.
    pub(super) fn new(
        site: &Site,
        part: &'static str,
        port: Option<u16>,
        option: &str,
        url: Option<&str>,
    ) -> Self {
        if let Some(url) = url {
            return Self {
                url: oslo(url),
                part: None,
                problem: one_line(option, url),
                env: Vec::new(),
            };
        }
        let server = Postgres::default().isolation("none").launch(site);
        Self {
            url: oslo("postgresql://postgres@/postgres"),
            part: Some((part, server.fixed_port("", port))),
            problem: None,
            // Its socket would be no way to it: libpq takes a comma in a directory for the end of it.
            env: vec![
                ("PGHOST", "127.0.0.1".into()),
                ("PGPORT", site.port_named(part)),
                ("PGPASSWORD", site.value(&format!("{part}-password"))),
            ],
        }
    }
}

/// A value as the configuration wants it: quotes keep the spaces and quotes that it begins and ends with, and `$` would name another option.
pub(super) fn oslo(value: &str) -> String {
    format!("\"{}\"", Quoting::Dollar.of(value))
}
