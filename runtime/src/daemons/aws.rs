//! What clients of AWS need to know.

/// A region, since clients want one; the servers take any.
pub(super) const REGION: &str = "us-east-1";

/// The environment variables that the clients of AWS read
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>); those of Python know the region by another.
pub(super) fn variables<'a>(
    url: &'a str,
    access_key: &'a str,
    secret_key: &'a str,
) -> [(&'static str, &'a str); 5] {
    [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", access_key),
        ("AWS_SECRET_ACCESS_KEY", secret_key),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
    ]
}
