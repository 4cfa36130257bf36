//! An existing server, used instead of starting one.

use std::borrow::Cow;
use std::ffi::OsStr;

use http::Uri;
use percent_encoding::percent_decode_str;

use super::encryption::{encryption, variables};
use crate::error::Cause;
use crate::launch::{
    Databases, Isolation, Launch, Piece, Placeholder, Ready, Reuse, Site, Subject, map, mark,
    pieces,
};

/// The parameter of a URL that says where the server is administered, which is for us alone.
const MANAGEMENT_PORT: &str = "management_port=";

/// The launch that uses the server at this URL and starts nothing.
pub(crate) fn existing(launch: &Launch, reuse: &Reuse, url: &OsStr) -> Result<Launch, Cause> {
    let variable = &reuse.variable;
    let refused = |problem: String| Cause::Invalid {
        name: launch.name.clone(),
        problem,
    };
    let seeded = launch.seed.is_some();
    let seeded = seeded.then_some("a test wants `init`, and it cannot start from prepared data");
    if let Some(reason) = reuse.impossible.as_deref().or(seeded) {
        return Err(refused(format!(
            "{variable} names an existing server, but {reason}; unset it to start a server"
        )));
    }
    let invalid = |problem: &str| refused(format!("{variable} is not a server URL: {problem}"));
    let url = url.to_str().ok_or_else(|| invalid("it is not UTF-8"))?;
    let there = Address::of(url, reuse).map_err(invalid)?;
    let protocol = match &launch.isolation {
        Isolation::Database(databases) => Some(databases.protocol),
        _ => reuse.protocol,
    };
    let tls = encryption(there.scheme, there.host, &there.query, protocol);
    let tls = tls.map_err(|problem| refused(format!("{variable} {problem}")))?;

    let Address { host, port, .. } = there;
    let mut launch_there = Launch {
        software: Vec::new(),
        prepare: Vec::new(),
        processes: Vec::new(),
        alternatives: Vec::new(),
        reuse: None,
        external: Some(Ready::Tcp(there.at(port))),
        host: host.into(),
        ..launch.clone()
    };
    launch_there.fixed_ports.insert(String::new(), port);
    let here = [&*launch.host, "localhost"];
    let texts = [
        &mut launch_there.values,
        &mut launch_there.variables,
        &mut launch_there.cli_variables,
    ];
    for texts in texts {
        texts.retain(|_, value| !is_ours(value));
        for value in texts.values_mut() {
            *value = here.iter().fold(std::mem::take(value), |value, here| {
                value.replace(here, host)
            });
        }
    }
    for (name, value) in variables(&there.query) {
        if let Some(variable) = launch_there.variables.get_mut(&name) {
            *variable = value;
        }
    }
    for (name, value) in [("username", &there.user), ("password", &there.secret)] {
        if launch.values.contains_key(name) {
            launch_there.values.insert(name.into(), value.to_string());
        }
    }
    let replaced = reuse.values.iter();
    launch_there
        .values
        .extend(replaced.map(|(name, value)| (name.clone(), there.fill(value))));
    if let Some(protocol) = reuse.protocol {
        let init = launch.isolation.init().cloned().unwrap_or_default();
        launch_there.isolation = Databases::new(protocol, "", "", "").init(init).into();
    }
    let default = match &mut launch_there.isolation {
        Isolation::Database(database) => {
            database.socket = there.managed();
            database.user = there.user.to_string();
            database.password = there.secret.to_string();
            database.mark = Site::symbolic().secret.into();
            database.tls = tls;
            launch_there.values.entry("database".into()).or_default();
            there.with_path(&Site::symbolic().value("database"))
        }
        _ => url.into(),
    };
    launch_there.url = reuse.url.as_ref().map_or(default, |url| there.fill(url));
    Ok(launch_there)
}

/// The parts of a server's URL.
struct Address<'a> {
    scheme: &'a str,
    /// The user and the password, encoded, with an `@` after them, if there are any.
    login: &'a str,
    user: Cow<'a, str>,
    secret: Cow<'a, str>,
    host: &'a str,
    port: u16,
    management_port: Option<u16>,
    /// It begins with a `?`, if there is one.
    query: String,
}

impl<'a> Address<'a> {
    fn of(url: &'a str, reuse: &Reuse) -> Result<Self, &'static str> {
        let uri: Uri = url.parse().map_err(|_| "it cannot be parsed")?;
        let port = uri.port_u16().unwrap_or(reuse.port);
        // What is returned is borrowed from the text itself.
        let (scheme, rest) = url.split_once("://").ok_or("it has no scheme")?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let authority = rest.get(..end).unwrap_or(rest);
        let at = authority.rfind('@').map_or(0, |at| at + 1);
        let (login, server) = authority.split_at(at);
        let host = match server.rsplit_once(':') {
            Some((host, _)) if uri.port().is_some() => host,
            _ => server.trim_end_matches(':'),
        };
        if host.is_empty() {
            return Err("it names no host");
        }
        let (user, secret) = match login.trim_end_matches('@').split_once(':') {
            Some((user, secret)) => (user, secret),
            None => (login.trim_end_matches('@'), ""),
        };
        let decoded = |text: &'a str| percent_decode_str(text).decode_utf8_lossy();
        let parameters = uri.query().unwrap_or_default().split('&');
        let (management, query): (Vec<_>, Vec<_>) = parameters
            .filter(|parameter| !parameter.is_empty())
            .partition(|parameter| parameter.starts_with(MANAGEMENT_PORT));
        let management = management.first().map(|parameter| {
            let number = parameter.strip_prefix(MANAGEMENT_PORT).map(str::parse);
            number
                .and_then(Result::ok)
                .ok_or("`management_port` is no port")
        });
        let added = Some(&*reuse.login_parameter).filter(|added| {
            let name = added.split('=').next();
            !added.is_empty()
                && !login.is_empty()
                && query.iter().all(|given| given.split('=').next() != name)
        });
        let query: Vec<_> = query.into_iter().chain(added).collect();
        let query = match query.as_slice() {
            [] => String::new(),
            query => format!("?{}", query.join("&")),
        };
        Ok(Self {
            scheme,
            login,
            user: decoded(user),
            secret: decoded(secret),
            host,
            port,
            management_port: management.transpose()?.or(reuse.management_port),
            query,
        })
    }

    fn at(&self, port: u16) -> String {
        format!("{}:{port}", self.host)
    }

    /// Where it is administered.
    fn managed(&self) -> String {
        self.at(self.management_port.unwrap_or(self.port))
    }

    fn authority(&self) -> String {
        format!("{}{}", self.login, self.at(self.port))
    }

    fn with_path(&self, path: &str) -> String {
        format!(
            "{}://{}/{path}{}",
            self.scheme,
            self.authority(),
            self.query
        )
    }

    /// The text of a launch with the parts of the URL filled in.
    fn fill(&self, text: &str) -> String {
        map(text, Cow::Borrowed, |placeholder| {
            self.part(&placeholder)
                .unwrap_or_else(|| mark(&placeholder))
        })
    }

    fn part(&self, placeholder: &Placeholder<'_>) -> Option<String> {
        let Subject::Value(name) = &placeholder.of else {
            return None;
        };
        match &**name {
            "scheme" => Some(self.scheme.into()),
            "authority" => Some(self.authority()),
            "address" => Some(self.at(self.port)),
            "management" => Some(self.managed()),
            "query" => Some(self.query.clone()),
            _ => None,
        }
    }
}

/// Returns whether a text is about something that only servers of ours have: a directory, a second port or a secret.
fn is_ours(text: &str) -> bool {
    pieces(text).iter().any(|piece| match piece {
        Piece::Placeholder(placeholder) => match &placeholder.of {
            Subject::Directory(_) | Subject::Secret | Subject::Template => true,
            Subject::Port(name) => !name.is_empty(),
            Subject::Value(_) => false,
        },
        Piece::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemon::Daemon;
    use crate::daemons;
    use crate::launch::serialized;

    fn check(url: &str) -> Result<Launch, String> {
        let launch = daemons::postgres().launch(Site::symbolic());
        let named = launch.reuse.clone().unwrap();
        existing(&launch, &named, OsStr::new(url)).map_err(|cause| cause.to_string())
    }

    #[test]
    fn its_address_and_credentials_are_those_of_the_url() {
        let launch = check("postgres://me:p%40ss@db.example/app?connect_timeout=1").unwrap();
        assert_eq!(
            serialized(&launch.url),
            "postgres://me:p%40ss@db.example:5432/{database}?connect_timeout=1"
        );
        assert_eq!(launch.external, Some(Ready::Tcp("db.example:5432".into())));
        assert_eq!(launch.values["password"], "p@ss");
        assert_eq!(launch.values["username"], "me");
        assert_eq!(launch.variables["PGHOST"], "db.example");
        assert!(!launch.variables.contains_key("PGDATA"));
        assert!(!launch.values.contains_key("socket") && launch.processes.is_empty());
        let Isolation::Database(database) = launch.isolation else {
            unreachable!("it is isolated");
        };
        assert_eq!(
            (database.socket.as_str(), database.user.as_str()),
            ("db.example:5432", "me")
        );
    }

    #[test]
    fn a_parameter_is_added_that_a_login_needs() {
        let launch = daemons::mongodb().launch(Site::symbolic());
        let named = launch.reuse.clone().unwrap();
        for (url, wanted) in [
            (
                "mongodb://me:it@db/app",
                "mongodb://me:it@db:27017/{database}?authSource=admin",
            ),
            (
                "mongodb://me:it@db/?w=1&authSource=b",
                "mongodb://me:it@db:27017/{database}?w=1&authSource=b",
            ),
            ("mongodb://db/?w=1", "mongodb://db:27017/{database}?w=1"),
        ] {
            let there = existing(&launch, &named, OsStr::new(url)).unwrap();
            assert_eq!(serialized(&there.url), wanted);
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for url in ["", "localhost", "postgres:///app"] {
            let problem = check(url).unwrap_err();
            assert!(
                problem.contains("FIXTURED_POSTGRES_URL is not a server URL"),
                "{url}: {problem}"
            );
        }
    }
}
