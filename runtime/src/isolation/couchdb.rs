//! CouchDB: tests have databases.

use serde_json::Value;

use super::http::Api;
use super::patience::Patience;
use super::problem::Problem;
use super::server::Server;
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::Databases;

/// The HTTP API of a server (<https://docs.couchdb.org/en/stable/api/database/common.html>).
#[derive(Debug)]
pub(in crate::isolation) struct Couchdb(Api);

impl Server for Couchdb {
    fn new(databases: &Databases, processes: Processes) -> Self {
        Self(Api::new(databases, processes).with_login(databases))
    }

    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let create = format!("PUT /{name}");
        let made = self.0.demand(&create, b"", patience);
        made.map(drop).map_err(|problem| problem.refuses(create))
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        self.0.remove(&format!("DELETE /{name}"), b"", patience)
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let names = self.0.demand_json("GET /_all_dbs", b"", patience)?;
        let names = names.as_array().into_iter().flatten();
        let names = names.filter_map(Value::as_str);
        Ok(names.map(Into::into).collect())
    }
}
