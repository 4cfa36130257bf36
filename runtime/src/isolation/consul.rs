//! Consul: tests have prefixes for their keys and the names of their services.

use std::sync::Mutex;

use serde::Deserialize;
use serde_json::{Value, json};

use super::http::{Api, refused};
use super::patience::Patience;
use super::problem::Problem;
use super::server::Server;
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::{Databases, Init};
use crate::lock::lock;

/// What ends a prefix.
const END: char = '-';

/// The HTTP API of an agent (<https://developer.hashicorp.com/consul/api-docs>).
#[derive(Debug)]
pub(in crate::isolation) struct Consul {
    api: Api,
    /// What each prefix starts with.
    keys: Mutex<Vec<Key>>,
}

/// A key as `consul kv export` writes it.
#[derive(Clone, Debug, Deserialize)]
struct Key {
    key: String,
    #[serde(default)]
    flags: u64,
    /// In Base64.
    #[serde(default)]
    value: String,
}

/// A transaction has no more operations.
const MOST: usize = 64;

impl Server for Consul {
    fn part() -> &'static str {
        "prefix"
    }

    /// The password is a token.
    fn new(databases: &Databases, processes: Processes) -> Self {
        let api = Api::new(databases, processes);
        let api = match databases.password.as_str() {
            "" => api,
            token => api.with_header("X-Consul-Token", token),
        };
        Self {
            api,
            keys: Mutex::default(),
        }
    }

    /// Keys are kept here, and written for each test.
    fn prepare(&self, _name: &str, init: &Init, _patience: &Patience<'_>) -> Result<(), Refused> {
        for script in &init.scripts {
            let keys: Vec<Key> = serde_json::from_str(&script.text).map_err(|error| {
                Refused::statement(
                    "read what `consul kv export` has written",
                    error.to_string(),
                )
            })?;
            lock(&self.keys).extend(keys);
        }
        Ok(())
    }

    /// A prefix exists as soon as it is used; but the agent must be there, and let us in.
    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let read = self.keys(name, patience);
        read.map_err(|problem| problem.refuses(format!("read {name}{END}")))?;
        let keys = lock(&self.keys).clone();
        for some in keys.chunks(MOST) {
            let set = |Key { key, flags, value }: &Key| {
                let key = format!("{name}{END}{key}");
                json!({"KV": {"Verb": "set", "Key": key, "Flags": flags, "Value": value}})
            };
            let all: Vec<_> = some.iter().map(set).collect();
            let body = Value::from(all).to_string();
            let written = self.api.demand("PUT /v1/txn", body.as_bytes(), patience);
            written.map_err(|problem| problem.refuses("PUT /v1/txn"))?;
        }
        Ok(())
    }

    /// Services are removed from the agent that is asked; a test has registered its own there.
    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        let prefix = format!("{name}{END}");
        let delete = format!("DELETE /v1/kv/{prefix}?recurse=true");
        self.api.demand(&delete, b"", patience)?;
        for (id, _) in self.services(&prefix, patience)? {
            let encoded =
                percent_encoding::utf8_percent_encode(&id, percent_encoding::NON_ALPHANUMERIC);
            let deregister = format!("PUT /v1/agent/service/deregister/{encoded}");
            self.api.demand(&deregister, b"", patience)?;
        }
        Ok(())
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let mut all = self.keys("t_", patience)?;
        for (id, name) in self.services("t_", patience)? {
            all.extend([id, name]);
        }
        let names = all.iter().filter_map(|name| name.split_once(END));
        Ok(names.map(|(name, _)| name.into()).collect())
    }
}

impl Consul {
    /// The keys that begin like this.
    fn keys(&self, start: &str, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        match self
            .api
            .ask(&format!("GET /v1/kv/{start}?keys"), b"", patience)?
        {
            (200, body) => {
                let keys = serde_json::from_slice(&body);
                keys.map_err(|_| refused(&(200, body)))
            }
            (404, _) => Ok(Vec::new()),
            answer => Err(refused(&answer)),
        }
    }

    /// The IDs and names of the agent's services of which either begins like this.
    fn services(
        &self,
        start: &str,
        patience: &Patience<'_>,
    ) -> Result<Vec<(String, String)>, Problem> {
        let services = self
            .api
            .demand_json("GET /v1/agent/services", b"", patience)?;
        let services = services.as_object().into_iter().flatten();
        let named = services.map(|(id, service)| {
            let name = service.get("Service").and_then(Value::as_str);
            (id.clone(), name.unwrap_or_default().to_owned())
        });
        Ok(named
            .filter(|(id, name)| id.starts_with(start) || name.starts_with(start))
            .collect())
    }
}
