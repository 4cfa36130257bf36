//! An existing server, used instead of starting one.

use std::ffi::OsStr;

use http::Uri;
use percent_encoding::percent_decode_str;

use crate::error::Cause;
use crate::launch::{Isolation, Launch, Piece, Ready, Reuse, Site, Subject, pieces};

/// The launch that uses the server at this URL and starts nothing.
pub(crate) fn existing(launch: &Launch, existing: &Reuse, url: &OsStr) -> Result<Launch, Cause> {
    let Reuse { variable, port } = existing;
    let invalid = |problem: &str| Cause::Invalid {
        name: launch.name.clone(),
        problem: format!("{variable} is not a server URL: {problem}"),
    };
    let url = url.to_str().ok_or_else(|| invalid("it is not UTF-8"))?;
    let uri: Uri = url.parse().map_err(|_| invalid("it cannot be parsed"))?;
    let scheme = uri
        .scheme_str()
        .ok_or_else(|| invalid("it has no scheme"))?;
    let host = uri.host().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| invalid("it names no host"))?;
    let port = uri.port_u16().unwrap_or(*port);
    let authority = uri.authority().map_or("", |authority| authority.as_str());
    let credentials = authority.rsplit_once('@').map_or("", |(before, _)| before);
    let (user, secret) = credentials.split_once(':').unwrap_or((credentials, ""));
    let [user, secret] = [user, secret].map(|text| percent_decode_str(text).decode_utf8_lossy());

    let mut there = Launch {
        software: Vec::new(),
        prepare: Vec::new(),
        processes: Vec::new(),
        alternatives: Vec::new(),
        reuse: None,
        external: Some(Ready::Tcp(format!("{host}:{port}"))),
        host: host.into(),
        url: url.into(),
        ..launch.clone()
    };
    there.fixed_ports.insert(String::new(), port);
    // What is in a directory of ours is not there.
    there.values.retain(|_, value| !is_in_directory(value));
    there.variables.retain(|_, value| !is_in_directory(value));
    for value in there.variables.values_mut() {
        *value = value.replace(&launch.host, host);
    }
    for (name, value) in [("username", &user), ("password", &secret)] {
        if let Some(known) = there.values.get_mut(name) {
            *known = value.to_string();
        }
    }
    if let Isolation::Database(database) = &mut there.isolation {
        database.socket = format!("{host}:{port}");
        database.user = user.to_string();
        database.password = secret.to_string();
        database.mark = Site::symbolic().secret.into();
        let query = uri
            .query()
            .map_or_else(String::new, |query| format!("?{query}"));
        let database = Site::symbolic().value("database");
        there.url = format!("{scheme}://{authority}/{database}{query}");
    }
    Ok(there)
}

/// Returns whether a text refers to a directory of the instance.
fn is_in_directory(text: &str) -> bool {
    pieces(text).iter().any(|piece| match piece {
        Piece::Placeholder(placeholder) => matches!(placeholder.of, Subject::Directory(_)),
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
            "postgres://me:p%40ss@db.example/{database}?connect_timeout=1"
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
