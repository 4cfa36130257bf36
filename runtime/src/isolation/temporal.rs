//! Temporal: tests have namespaces.

use serde_json::{Value, json};

use super::http::Api;
use super::patience::Patience;
use super::problem::Problem;
use super::server::Server;
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::Databases;

/// Where the namespaces are.
const NAMESPACES: &str = "/api/v1/namespaces";

/// How long what has ended is kept: the least that servers accept by default.
const RETENTION: &str = "86400s";

/// The HTTP API of a server (<https://docs.temporal.io/references/server-options>), which has no way to delete a namespace for good: only gRPC
/// has.
#[derive(Debug)]
pub(in crate::isolation) struct Temporal(Api);

impl Server for Temporal {
    fn part() -> &'static str {
        "namespace"
    }

    fn new(databases: &Databases, processes: Processes) -> Self {
        Self(Api::new(databases, processes))
    }

    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let register = format!("POST {NAMESPACES}");
        let namespace = json!({ "namespace": name, "workflowExecutionRetentionPeriod": RETENTION });
        let made = self
            .0
            .demand(&register, namespace.to_string().as_bytes(), patience);
        made.map(drop)
            .map_err(|problem| problem.refuses(format!("{register} {name}")))
    }

    /// From then on it is not listed, and takes and gives no work.
    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let update = format!("POST {NAMESPACES}/{name}/update");
        let state = json!({ "updateInfo": { "state": "NAMESPACE_STATE_DELETED" } });
        self.0
            .remove(&update, state.to_string().as_bytes(), patience)
    }

    fn renew(
        &self,
        _template: Option<&str>,
        name: &str,
        _patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let reason = "the server keeps the name of a namespace that was deleted";
        Err(Refused::statement(format!("register {name} again"), reason))
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let (mut names, mut page) = (Vec::new(), String::new());
        loop {
            let list = format!("GET {NAMESPACES}?pageSize=1000&nextPageToken={page}");
            let found = self.0.demand_json(&list, b"", patience)?;
            let namespaces = found.get("namespaces").and_then(Value::as_array);
            let namespaces = namespaces.into_iter().flatten();
            let all = namespaces.filter_map(|it| it.pointer("/namespaceInfo/name")?.as_str());
            names.extend(all.map(Into::into));
            match found.get("nextPageToken").and_then(Value::as_str) {
                Some(next) if !next.is_empty() => page = encoded(next),
                _ => return Ok(names),
            }
        }
    }
}

/// A text as a part of a URL.
fn encoded(text: &str) -> String {
    let encoded = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
    encoded.to_string()
}
