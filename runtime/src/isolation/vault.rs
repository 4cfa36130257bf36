//! Vault: tests have mounts for their secrets.

use std::time::Duration;

use serde_json::Value;

use super::http::Api;
use super::patience::Patience;
use super::problem::Problem;
use super::server::Server;
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::Databases;

/// What a mount is: key-value pairs, with versions.
const KV: &[u8] = br#"{"type":"kv","options":{"version":"2"}}"#;

/// How long a server is left alone that is still at work on something.
pub(super) const AGAIN: Duration = Duration::from_millis(5);

/// The HTTP API of a server (<https://developer.hashicorp.com/vault/api-docs/system/mounts>).
#[derive(Debug)]
pub(in crate::isolation) struct Vault(Api);

impl Server for Vault {
    fn part() -> &'static str {
        "mount"
    }

    fn new(databases: &Databases, processes: Processes) -> Self {
        Self(api(databases, processes))
    }

    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        mount(&self.0, "", name, patience)
    }

    /// The server is content if there is no such mount.
    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let unmount = format!("DELETE /v1/sys/mounts/{name}");
        self.0.demand(&unmount, b"", patience).map(drop)
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let mounts = self.0.demand_json("GET /v1/sys/mounts", b"", patience)?;
        let mounts = mounts.get("data").and_then(Value::as_object);
        let paths = mounts.into_iter().flatten().map(|(path, _)| path);
        let names = paths.map(|path| path.trim_end_matches('/'));
        Ok(names.map(Into::into).collect())
    }
}

/// The API as whoever has the token, which is the password.
pub(super) fn api(databases: &Databases, processes: Processes) -> Api {
    Api::new(databases, processes).with_header("X-Vault-Token", &databases.password)
}

/// Mounts secrets at this path in a namespace, whose name ends with a slash, and waits until the server takes them.
pub(super) fn mount(
    api: &Api,
    namespace: &str,
    path: &str,
    patience: &Patience<'_>,
) -> Result<(), Refused> {
    let create = format!("POST /v1/{namespace}sys/mounts/{path}");
    let created = api.demand(&create, KV, patience);
    created.map_err(|problem| problem.refuses(create))?;
    let look = format!("GET /v1/{namespace}{path}/config");
    loop {
        let looked = match api.demand(&look, b"", patience) {
            // It prepares what keeps the versions.
            Err(problem) if problem.has_code("400") => patience.pause(AGAIN),
            looked => return looked.map(drop).map_err(|problem| problem.refuses(look)),
        };
        looked.map_err(|problem| problem.refuses(&look))?;
    }
}
