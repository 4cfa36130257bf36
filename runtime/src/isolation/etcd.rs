//! etcd: tests have prefixes for their keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::http::Api;
use super::patience::Patience;
use super::problem::Problem;
use super::server::Server;
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::Databases;

/// All prefixes of tests, of whatever session.
const PREFIXES: [&str; 2] = ["t_", "t`"];

/// What ends a prefix, and the character after it.
const END: char = '/';
const AFTER_END: char = '0';

/// The JSON gateway of a server (<https://etcd.io/docs/latest/dev-guide/api_grpc_gateway/>).
#[derive(Debug)]
pub(in crate::isolation) struct Etcd {
    databases: Databases,
    processes: Processes,
}

impl Server for Etcd {
    fn part() -> &'static str {
        "prefix"
    }

    fn new(databases: &Databases, processes: Processes) -> Self {
        Self {
            databases: databases.clone(),
            processes,
        }
    }

    /// A prefix exists as soon as it is used; but the server must be there, and let us in.
    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let read = self.ask("range", &range(&bounds(name)), patience);
        read.map(drop)
            .map_err(|problem| problem.refuses(format!("read {name}{END}")))
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        self.ask("deleterange", &range(&bounds(name)), patience)
            .map(drop)
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let [from, to] = PREFIXES.map(|prefix| BASE64.encode(prefix));
        let request = json!({ "key": from, "range_end": to, "keys_only": true });
        let found = self.ask("range", &request, patience)?;
        let keys = found.get("kvs").and_then(Value::as_array);
        let keys = keys.into_iter().flatten();
        let keys = keys.filter_map(|key| {
            let key = BASE64.decode(key.get("key")?.as_str()?).ok()?;
            let key = String::from_utf8(key).ok()?;
            key.split_once(END).map(|(name, _)| name.to_owned())
        });
        Ok(keys.collect())
    }
}

impl Etcd {
    fn ask(&self, what: &str, request: &Value, patience: &Patience<'_>) -> Result<Value, Problem> {
        let api = Api::new(&self.databases, self.processes.clone());
        let api = match self.databases.user.as_str() {
            "" => api,
            user => {
                let login = json!({ "name": user, "password": self.databases.password });
                let login = login.to_string();
                let token =
                    api.demand_json("POST /v3/auth/authenticate", login.as_bytes(), patience)?;
                let token = token.get("token").and_then(Value::as_str);
                api.with_header("Authorization", token.unwrap_or_default())
            }
        };
        let what = format!("POST /v3/kv/{what}");
        api.demand_json(&what, request.to_string().as_bytes(), patience)
    }
}

/// The first key of a test, and the first one after those.
fn bounds(name: &str) -> [String; 2] {
    [END, AFTER_END].map(|end| format!("{name}{end}"))
}

fn range([from, to]: &[String; 2]) -> Value {
    json!({ "key": BASE64.encode(from), "range_end": BASE64.encode(to) })
}
