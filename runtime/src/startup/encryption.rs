//! Whether connections to an existing server are encrypted.

use std::borrow::Cow;
use std::path::Path;

use percent_encoding::percent_decode_str;

use crate::launch::{Protocol, Tls, TlsMode};

/// Schemes that mean TLS.
const SECURE: [&str; 6] = [
    "https",
    "rediss",
    "valkeys",
    "amqps",
    "mysqls",
    "mongodb+srv",
];

/// Which value of `sslmode` means what.
const MODES: [(&str, TlsMode); 6] = [
    ("disable", TlsMode::Disable),
    ("allow", TlsMode::Allow),
    ("prefer", TlsMode::Prefer),
    ("require", TlsMode::Require),
    ("verify-ca", TlsMode::VerifyCa),
    ("verify-full", TlsMode::VerifyFull),
];

/// How the URL of a server says that they are: by its scheme, or by parameters, which for PostgreSQL are those of libpq. Otherwise what is
/// wrong with the URL.
pub(super) fn encryption(
    scheme: &str,
    host: &str,
    query: &str,
    protocol: Option<Protocol>,
) -> Result<Option<Tls>, String> {
    if SECURE.contains(&scheme) {
        return Err(unspoken(&format!("{scheme}://")));
    }
    if protocol != Some(Protocol::Postgres) {
        let wanted = parameters(query).find(|(name, value)| {
            let value = value.to_lowercase();
            match name.as_str() {
                "sslmode" => value.starts_with("require") || value.starts_with("verify"),
                "ssl" | "tls" => value == "true",
                _ => false,
            }
        });
        return match wanted {
            Some((name, value)) => Err(unspoken(&format!("{name}={value}"))),
            None => Ok(None),
        };
    }
    let value = |wanted: &[&str]| {
        let found = parameters(query).filter(|(name, _)| wanted.contains(&&**name));
        found.last().map(|(_, value)| value.into_owned())
    };
    let wanted = value(&["sslmode"]).unwrap_or_else(|| "prefer".into());
    let Some((_, mode)) = MODES.iter().find(|(name, _)| *name == wanted) else {
        let names = MODES.map(|(name, _)| format!("`{name}`")).join(", ");
        return Err(format!(
            "has an unknown `sslmode`, `{wanted}`; expected one of {names}"
        ));
    };
    let demanded = matches!(
        mode,
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull
    );
    if !cfg!(feature = "tls") {
        return match demanded {
            true => Err(format!(
                "names a server that wants TLS (`sslmode={wanted}`); enable the feature `tls` of `fixtured`"
            )),
            false => Ok(None),
        };
    }
    let roots = value(&["sslrootcert", "sslca"]);
    match &roots {
        Some(path) if path == "system" => {
            return Err(
                "trusts the system's certificates (`sslrootcert=system`), which fixtured does not look for; name their file".into(),
            );
        }
        // The server is connected to by another process, in another directory.
        Some(path) if !Path::new(path).is_absolute() => {
            return Err(format!(
                "has a relative path as `sslrootcert`, `{path}`; name the file by its absolute path"
            ));
        }
        None if demanded && *mode != TlsMode::Require => {
            return Err(format!(
                "wants the server's certificate to be verified (`sslmode={wanted}`), but does not say by which; add `sslrootcert=/path/to/ca.pem`"
            ));
        }
        _ => {}
    }
    Ok(Some(Tls {
        mode: *mode,
        host: host.trim_matches(['[', ']']).into(),
        roots,
    }))
}

/// The environment variables by which libpq knows the parameters of a URL that are about TLS.
pub(super) fn variables(query: &str) -> impl Iterator<Item = (String, String)> {
    let about = parameters(query).filter(|(name, _)| name.starts_with("ssl"));
    about.map(|(name, value)| (format!("PG{}", name.to_uppercase()), value.into_owned()))
}

/// The parameters of a URL. Some clients write the names with hyphens or underscores.
fn parameters(query: &str) -> impl Iterator<Item = (String, Cow<'_, str>)> {
    let parameters = query.trim_start_matches('?').split('&');
    parameters.filter_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let name = name.to_lowercase().replace(['-', '_'], "");
        Some((name, percent_decode_str(value).decode_utf8_lossy()))
    })
}

fn unspoken(wanted: &str) -> String {
    format!(
        "names a server that wants TLS (`{wanted}`), which fixtured speaks only with PostgreSQL; name one without it"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn postgres(query: &str) -> Result<Option<Tls>, String> {
        encryption("postgres", "[::1]", query, Some(Protocol::Postgres))
    }

    /// A password must not travel in plain text where the user has asked for the opposite.
    #[test]
    fn what_only_postgresql_can_be_asked_for_is_refused() {
        for (scheme, query, wanted) in [
            ("rediss", "", "`rediss://`"),
            ("mysql", "?a=b&ssl-mode=REQUIRED", "`sslmode=REQUIRED`"),
            ("mongodb", "?tls=true", "`tls=true`"),
            ("mongodb+srv", "", "`mongodb+srv://`"),
        ] {
            let problem = encryption(scheme, "db", query, Some(Protocol::Mysql)).unwrap_err();
            assert!(problem.contains(wanted), "{problem}");
        }
        let plain = encryption("mysql", "db", "?ssl-mode=DISABLED", Some(Protocol::Mysql));
        assert_eq!(plain, Ok(None));
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn without_the_feature_it_is_refused_only_where_it_is_demanded() {
        for query in ["", "?sslmode=prefer", "?sslmode=allow&sslrootcert=/ca"] {
            assert_eq!(postgres(query), Ok(None), "{query}");
        }
        for mode in ["require", "verify-ca", "verify-full"] {
            let problem = postgres(&format!("?sslmode={mode}")).unwrap_err();
            assert!(problem.contains("enable the feature `tls`"), "{problem}");
        }
    }

    #[cfg(feature = "tls")]
    #[test]
    fn the_parameters_are_those_of_libpq() {
        let tls = |mode, roots: Option<&str>| {
            Ok(Some(Tls {
                mode,
                host: "::1".into(),
                roots: roots.map(Into::into),
            }))
        };
        assert_eq!(postgres("?a=b"), tls(TlsMode::Prefer, None));
        let found = postgres("?ssl-mode=verify-full&sslrootcert=%2Fca%20pem");
        assert_eq!(found, tls(TlsMode::VerifyFull, Some("/ca pem")));
        for (query, wanted) in [
            ("?sslmode=yes", "unknown `sslmode`, `yes`"),
            ("?sslmode=verify-ca", "add `sslrootcert="),
            ("?sslmode=require&sslrootcert=ca.pem", "absolute path"),
            ("?sslmode=require&sslrootcert=system", "name their file"),
        ] {
            let problem = postgres(query).unwrap_err();
            assert!(problem.contains(wanted), "{query}: {problem}");
        }
    }
}
