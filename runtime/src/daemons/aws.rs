//! What clients of AWS need to know.

use crate::launch::{Launch, Site};

/// A region, since clients want one; the servers take any.
pub(super) const REGION: &str = "us-east-1";

/// The environment variables that the clients of AWS read
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>); those of Python know the region by another.
pub(super) fn variables<'a>(
    url: &'a str,
    access_key: &'a str,
    secret_key: &'a str,
) -> [(&'static str, &'a str); 8] {
    [
        ("AWS_ENDPOINT_URL", url),
        // It takes precedence.
        ("AWS_ENDPOINT_URL_S3", url),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "false"),
        ("AWS_ACCESS_KEY_ID", access_key),
        ("AWS_SECRET_ACCESS_KEY", secret_key),
        // Of other keys.
        ("AWS_SESSION_TOKEN", ""),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
    ]
}

/// What clients might take from the user's environment for other servers. An empty profile is one for some of them.
const NEUTRAL: [(&str, &str); 7] = [
    ("AWS_PROFILE", ""),
    ("AWS_DEFAULT_PROFILE", ""),
    ("AWS_SECURITY_TOKEN", ""),
    ("AWS_CREDENTIAL_EXPIRATION", ""),
    ("AWS_USE_FIPS_ENDPOINT", "false"),
    ("AWS_USE_DUALSTACK_ENDPOINT", "false"),
    ("AWS_EC2_METADATA_DISABLED", "true"),
];

/// A configuration with nothing in it but the profiles that clients may ask for.
const CONFIG: &str = "[default]\n[profile \"\"]\n";

/// A launch whose clients read neither `~/.aws` nor what the user's environment says of other servers.
pub(super) fn apart(launch: Launch, site: &Site) -> Launch {
    let config = format!("{}/aws-config", site.dir);
    launch
        .write(&config, CONFIG)
        .variables(NEUTRAL)
        .variables(["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"].map(|name| (name, &config)))
}
