//! ClickHouse: tests have databases.

use super::http::Api;
use super::patience::Patience;
use super::problem::Problem;
use super::server::Server;
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::Databases;

/// The HTTP interface of a server (<https://clickhouse.com/docs/interfaces/http>).
#[derive(Debug)]
pub(in crate::isolation) struct Clickhouse(Api);

impl Server for Clickhouse {
    fn new(databases: &Databases, processes: Processes) -> Self {
        Self(Api::new(databases, processes).with_login(databases))
    }

    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let statement = format!("CREATE DATABASE {name}");
        let made = self.query(&statement, patience);
        made.map(drop).map_err(|problem| problem.refuses(statement))
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        self.query(&format!("DROP DATABASE IF EXISTS {name}"), patience)
            .map(drop)
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let names = self.query("SHOW DATABASES", patience)?;
        Ok(names.lines().map(Into::into).collect())
    }
}

impl Clickhouse {
    /// What is answered to a statement: a line for each row.
    fn query(&self, statement: &str, patience: &Patience<'_>) -> Result<String, Problem> {
        let rows = self.0.demand("POST /", statement.as_bytes(), patience)?;
        Ok(String::from_utf8_lossy(&rows).into())
    }
}
