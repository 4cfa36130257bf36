//! OpenBao: tests have namespaces.

use serde_json::Value;

use super::http::{Api, refused};
use super::patience::Patience;
use super::problem::Problem;
use super::server::Server;
use super::vault::{AGAIN, api, mount};
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::Databases;

/// Where a namespace has its secrets, like the server itself in development mode.
const SECRETS: &str = "secret";

/// The HTTP API of a server (<https://openbao.org/api-docs/system/namespaces/>).
#[derive(Debug)]
pub(in crate::isolation) struct Openbao(Api);

impl Server for Openbao {
    fn part() -> &'static str {
        "namespace"
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
        let create = format!("POST /v1/sys/namespaces/{name}");
        let created = self.0.demand(&create, b"{}", patience);
        created.map_err(|problem| problem.refuses(create))?;
        mount(&self.0, &format!("{name}/"), SECRETS, patience)
    }

    /// The server deletes it in the background, and says so for as long as it does.
    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let delete = format!("DELETE /v1/sys/namespaces/{name}");
        loop {
            let body = self.0.demand(&delete, b"", patience)?;
            let answer: Value = serde_json::from_slice(&body).unwrap_or_default();
            match answer.pointer("/data/status").and_then(Value::as_str) {
                Some("in-progress") => patience.pause(AGAIN)?,
                _ => return Ok(()),
            }
        }
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let list = "GET /v1/sys/namespaces?list=true";
        let found = match self.0.ask(list, b"", patience)? {
            (200, body) => serde_json::from_slice(&body).map_err(|_| refused(&(200, body)))?,
            // There is none.
            (404, _) => Value::Null,
            answer => return Err(refused(&answer)),
        };
        let paths = found.pointer("/data/keys").and_then(Value::as_array);
        let paths = paths.into_iter().flatten().filter_map(Value::as_str);
        let names = paths.map(|path| path.trim_end_matches('/'));
        Ok(names.map(Into::into).collect())
    }
}
