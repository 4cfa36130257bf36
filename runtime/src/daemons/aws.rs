//! What clients of AWS need to know.

use std::collections::BTreeMap;

/// A region, since clients want one; the servers take any.
pub(super) const REGION: &str = "us-east-1";

/// The environment variables that the clients of AWS read
/// (<https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html>); those of Python know the region by another.
pub(super) fn variables(url: &str, access_key: &str, secret_key: &str) -> BTreeMap<String, String> {
    let variables = [
        ("AWS_ENDPOINT_URL", url),
        ("AWS_ACCESS_KEY_ID", access_key),
        ("AWS_SECRET_ACCESS_KEY", secret_key),
        ("AWS_REGION", REGION),
        ("AWS_DEFAULT_REGION", REGION),
    ];
    variables
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// The accessors of a daemon with these values.
macro_rules! accessors {
    ($definition:ident) => {
        impl crate::instance::Instance<$definition> {
            /// The URL that clients of S3 take as their endpoint.
            pub fn http_url(&self) -> &str {
                self.value("http_url")
            }

            /// The access key.
            pub fn access_key(&self) -> &str {
                self.value("access_key")
            }

            /// The secret key.
            pub fn secret_key(&self) -> &str {
                self.value("secret_key")
            }

            /// A region for clients that want one: `us-east-1`. The server takes any.
            pub fn region(&self) -> &str {
                self.value("region")
            }
        }
    };
}
pub(super) use accessors;
