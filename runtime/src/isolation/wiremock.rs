//! WireMock: tests have paths, which the URLs of their stubs and requests start with.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::http::Api;
use super::name;
use super::patience::Patience;
use super::problem::Problem;
use super::server::{Server, named};
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::Databases;

/// The administration API of a server (<https://wiremock.org/docs/standalone/admin-api-reference/>).
#[derive(Debug)]
pub(in crate::isolation) struct Wiremock(Api);

impl Server for Wiremock {
    fn part() -> &'static str {
        "path"
    }

    fn new(databases: &Databases, processes: Processes) -> Self {
        Self(Api::new(databases, processes).with_login(databases))
    }

    /// A path exists as soon as it is used; but the server must be there, and let us in.
    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let read = self.list("mappings?limit=1", "mappings", patience);
        read.map(drop)
            .map_err(|problem| problem.refuses(format!("read stubs for /{name}")))
    }

    fn values(&self, name: &str) -> BTreeMap<String, String> {
        named(format!("/{name}"))
    }

    fn remove(&self, name: &str, patience: &Patience<'_>) -> Result<(), Problem> {
        for stub in self.list("mappings", "mappings", patience)? {
            if words(&stub).contains(name)
                && let Some(id) = stub.get("id").and_then(Value::as_str)
            {
                let delete = format!("DELETE /__admin/mappings/{id}");
                match self.0.demand(&delete, b"", patience) {
                    Err(problem) if !problem.has_code("404") => return Err(problem),
                    _ => {}
                }
            }
        }
        let requests = json!({ "urlPattern": format!("/{name}(?:[/?].*)?") }).to_string();
        let remove = "POST /__admin/requests/remove";
        self.0
            .demand(remove, requests.as_bytes(), patience)
            .map(drop)
    }

    fn marked(&self, mark: &str, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let stubs = self.list("mappings", "mappings", patience)?;
        let requests = self.list("requests", "requests", patience)?;
        let names = stubs.iter().chain(&requests).flat_map(words);
        let names: BTreeSet<_> = names.filter(|name| name::has_mark(name, mark)).collect();
        Ok(names.into_iter().collect())
    }
}

impl Wiremock {
    /// What there is of a kind.
    fn list(&self, what: &str, kind: &str, patience: &Patience<'_>) -> Result<Vec<Value>, Problem> {
        let mut answer = self
            .0
            .demand_json(&format!("GET /__admin/{what}"), b"", patience)?;
        match answer.get_mut(kind).map(Value::take) {
            Some(Value::Array(list)) => Ok(list),
            _ => Ok(Vec::new()),
        }
    }
}

/// The words of what a stub or a logged request says of the request's URL, which may be a regular expression.
fn words(of: &Value) -> BTreeSet<String> {
    let request = of.get("request");
    let fields = request.and_then(Value::as_object).into_iter().flatten();
    let urls = fields.filter(|(field, _)| field.starts_with("url"));
    let urls = urls.filter_map(|(_, url)| url.as_str());
    let is_end = |letter: char| !letter.is_ascii_alphanumeric() && letter != '_';
    let words = urls.flat_map(|url| url.split(is_end).map(Into::into));
    words.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stub_belongs_to_the_path_in_its_url() {
        for (field, url, wanted) in [
            ("urlPath", "/t_a_1/users", true),
            ("url", "/t_a_1?page=2", true),
            ("urlPathPattern", "^\\/t_a_1/\\d+$", true),
            ("urlPathTemplate", "/t_a_1/{id}", true),
            ("urlPath", "/t_a_12/users", false),
            ("urlPath", "/t_t_a_1/users", false),
            ("method", "/t_a_1", false),
        ] {
            let stub = json!({ "request": { field: url } });
            assert_eq!(words(&stub).contains("t_a_1"), wanted, "{stub}");
        }
    }
}
