//! Where Gnocchi keeps measures.

use percent_encoding::percent_decode_str;

use super::choice::Choices;
use super::openstack::oslo;
use super::validation::one_line;
use super::{Ceph, Redis, S3rver, Swift};
use crate::daemon::Daemon;
use crate::launch::{Launch, Site};

/// What keeps measures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) enum Storage {
    #[default]
    File,
    Redis,
    S3,
    Swift,
    Ceph,
}

impl Choices for Storage {
    const WHAT: &'static str = "storage";
    const ALL: &'static [(&'static str, Self)] = &[
        ("file", Self::File),
        ("redis", Self::Redis),
        ("s3", Self::S3),
        ("swift", Self::Swift),
        ("ceph", Self::Ceph),
    ];
}

impl Storage {
    /// Its URL, and the dedicated server that is the part `storage`.
    pub(super) fn dedicated(self, site: &Site) -> (String, Option<Launch>) {
        let port = site.port_named("storage");
        let (url, server) = match self {
            Self::File => return ("file://".into(), None),
            Self::Redis => (
                format!("redis://localhost:{port}"),
                Redis::default().launch(site),
            ),
            Self::S3 => (
                format!("s3://localhost:{port}"),
                S3rver::default().launch(site),
            ),
            Self::Swift => (
                format!("swift://test%3Atester:testing@localhost:{port}/auth/v1.0"),
                Swift::default().launch(site),
            ),
            Self::Ceph => (
                format!("ceph://{}", site.value("storage-conf")),
                Ceph::default().pool("gnocchi").launch(site),
            ),
        };
        (url, Some(server))
    }
}

/// The settings for the storage at a URL, which `option` names in messages.
pub(super) fn settings(option: &str, url: &str) -> Result<String, String> {
    let invalid = || {
        let expected = "`file://…`, `redis://…`, `s3://…`, `swift://…` or `ceph://…`";
        format!("invalid `{option}` `{url}`, expected {expected}")
    };
    let (driver, rest) = url.split_once("://").ok_or_else(invalid)?;
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (login, address) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    let decoded = |text: &str, default: &str| match text {
        "" => default.to_owned(),
        text => percent_decode_str(text).decode_utf8_lossy().into_owned(),
    };
    let http_url = format!("http://{address}{path}");
    let settings = match driver {
        "file" => {
            let dir = format!("{}/storage", Site::symbolic().dir);
            vec![("file_basepath", decoded(path, &dir))]
        }
        "redis" => vec![("redis_url", url.into())],
        "s3" => vec![
            ("s3_endpoint_url", http_url),
            ("s3_access_key_id", decoded(user, "S3RVER")),
            ("s3_secret_access_key", decoded(password, "S3RVER")),
        ],
        "swift" => vec![
            ("swift_authurl", http_url),
            ("swift_user", decoded(user, "admin:admin")),
            ("swift_key", decoded(password, "admin")),
        ],
        "ceph" => vec![
            ("ceph_conffile", rest.into()),
            ("ceph_username", "admin".into()),
        ],
        _ => return Err(invalid()),
    };
    let mut text = format!("driver = {}\n", oslo(driver));
    for (name, value) in &settings {
        if let Some(problem) = one_line(option, value) {
            return Err(problem);
        }
        text += &format!("{name} = {}\n", oslo(value));
    }
    Ok(text)
}
