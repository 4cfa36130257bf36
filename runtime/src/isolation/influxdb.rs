//! InfluxDB 1: tests have databases.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;

use super::http::{Api, refused};
use super::patience::Patience;
use super::problem::Problem;
use super::server::Server;
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::Databases;

/// The HTTP API of a server (<https://docs.influxdata.com/influxdb/v1/tools/api/#query-http-endpoint>).
#[derive(Debug)]
pub(in crate::isolation) struct Influxdb(Api);

impl Server for Influxdb {
    fn new(databases: &Databases, processes: Processes) -> Self {
        Self(Api::new(databases, processes).with_login(databases))
    }

    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let statement = format!("CREATE DATABASE \"{name}\"");
        let made = self.query(&statement, patience);
        made.map(drop).map_err(|problem| problem.refuses(statement))
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        self.query(&format!("DROP DATABASE \"{name}\""), patience)
            .map(drop)
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let result = self.query("SHOW DATABASES", patience)?;
        let rows = result.pointer("/results/0/series/0/values");
        let rows = rows.and_then(Value::as_array).into_iter().flatten();
        let names = rows.filter_map(|row| row.get(0)?.as_str());
        Ok(names.map(Into::into).collect())
    }
}

impl Influxdb {
    /// What is answered to a statement. A statement that fails is answered with the status 200, too.
    fn query(&self, statement: &str, patience: &Patience<'_>) -> Result<Value, Problem> {
        let encoded = utf8_percent_encode(statement, NON_ALPHANUMERIC);
        let answer = self
            .0
            .demand_json(&format!("POST /query?q={encoded}"), b"", patience)?;
        let mut errors = ["/results/0/error", "/error"].iter();
        match errors.find_map(|place| answer.pointer(place)?.as_str()) {
            Some(error) => Err(refused(&(200, error.into()))),
            None => Ok(answer),
        }
    }
}
