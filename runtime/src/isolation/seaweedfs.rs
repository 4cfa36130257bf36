//! SeaweedFS: tests have buckets, which are directories of its filer.

use std::collections::BTreeMap;

use super::http::Api;
use super::patience::Patience;
use super::problem::Problem;
use super::server::Server;
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::Databases;

/// The HTTP API of a filer (<https://github.com/seaweedfs/seaweedfs/wiki/Filer-Server-API>).
#[derive(Debug)]
pub(in crate::isolation) struct Seaweedfs(Api);

impl Server for Seaweedfs {
    fn part() -> &'static str {
        "bucket"
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
        let create = format!("POST /buckets/{}/", bucket(name));
        let created = self.0.demand(&create, b"", patience);
        created.map(drop).map_err(|problem| problem.refuses(create))
    }

    fn values(&self, name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("bucket".into(), bucket(name))])
    }

    /// The volumes of its objects go with it.
    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let delete = format!("DELETE /buckets/{}?recursive=true", bucket(name));
        self.0.remove(&delete, b"", patience)
    }

    /// The servers are a session's own, and end with it.
    fn names(&self, _patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        Ok(Vec::new())
    }
}

/// A name as buckets have it (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>).
fn bucket(name: &str) -> String {
    name.replace('_', "-")
}
