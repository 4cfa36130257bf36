//! What clients of AWS need to know.

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
