//! An existing server in the place of one that is started.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::text::texts;
use super::{Protocol, serialized};

/// How users select an existing server, and what tests get in it.
///
/// The texts may contain placeholders for values of the launch, and for parts of the server's URL: `site.value("scheme")`,
/// `site.value("authority")` (`user:password@host:port`), `site.value("address")` (`host:port`), `site.value("management")` (the same with the
/// port of [`managed_at`](Self::managed_at)) and `site.value("query")`, which begins with `?` if there is one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Reuse {
    /// The environment variable that holds the server's URL.
    pub variable: String,
    /// The port if the URL has none.
    pub port: u16,
    /// The port of the API by which the server is administered, if that is another one. `management_port=15672` in the URL's query overrides
    /// it.
    pub management_port: Option<u16>,
    /// The protocol in which something is created there for each test. Its name becomes the value `database`, and it is removed when the
    /// test ends. Default: the isolation of the launch.
    pub protocol: Option<Protocol>,
    /// The URL for clients. Default: the server's, with the value `database` as its path if something is created for each test.
    #[serde(with = "serialized")]
    pub url: Option<String>,
    /// Values that replace those of the launch.
    #[serde(with = "serialized")]
    pub values: BTreeMap<String, String>,
    /// A parameter, `name=value`, that clients need in the query of a URL with a user. It is added to the server's URL if that lacks it.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub login_parameter: String,
    /// Why tests cannot use an existing server. Users who name one are told so.
    pub impossible: Option<String>,
}

impl Reuse {
    /// Uses the server at the URL in this environment variable, if it is set. `port` is the default port of such a URL.
    pub fn new(variable: impl Into<String>, port: u16) -> Self {
        Self {
            variable: variable.into(),
            port,
            management_port: None,
            protocol: None,
            url: None,
            values: BTreeMap::new(),
            login_parameter: String::new(),
            impossible: None,
        }
    }

    /// Refuses servers that users name by this variable, for this reason, which follows "but".
    pub fn impossible(variable: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::new(variable, 0).unless(Some(reason))
    }

    /// Refuses them for this reason, if there is one, which follows "but".
    pub fn unless(mut self, reason: Option<impl Into<String>>) -> Self {
        self.impossible = self.impossible.or(reason.map(Into::into));
        self
    }

    /// Creates something for each test in this protocol.
    pub fn creates(mut self, protocol: Protocol) -> Self {
        self.protocol = Some(protocol);
        self
    }

    /// Sets the port of the API by which the server is administered.
    pub fn managed_at(mut self, port: u16) -> Self {
        self.management_port = Some(port);
        self
    }

    /// Adds this parameter, `name=value`, to the query of a URL that has a user and lacks it.
    pub fn login_parameter(mut self, parameter: impl Into<String>) -> Self {
        self.login_parameter = parameter.into();
        self
    }

    /// Sets the URL for clients.
    pub fn url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Replaces values of the launch.
    pub fn values<N: Into<String>, V: Into<String>>(
        mut self,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.values.extend(texts(values));
        self
    }
}
