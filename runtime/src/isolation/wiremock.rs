//! WireMock: tests have paths, which the URLs of their stubs and requests start with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::{Value, json};

use super::http::Api;
use super::patience::Patience;
use super::problem::Problem;
use super::server::{Server, named};
use super::wire::Processes;
use crate::error::Refused;
use crate::launch::{Databases, Init};
use crate::lock::lock;

/// The administration API of a server (<https://wiremock.org/docs/standalone/admin-api-reference/>).
#[derive(Debug)]
pub(in crate::isolation) struct Wiremock {
    api: Api,
    /// What each path starts with.
    stubs: Mutex<Vec<Value>>,
}

impl Server for Wiremock {
    fn part() -> &'static str {
        "path"
    }

    fn new(databases: &Databases, processes: Processes) -> Self {
        Self {
            api: Api::new(databases, processes).with_login(databases),
            stubs: Mutex::default(),
        }
    }

    /// Stubs are kept here, and added for each test.
    fn prepare(&self, _name: &str, init: &Init, _patience: &Patience<'_>) -> Result<(), Refused> {
        for script in &init.scripts {
            let read = serde_json::from_str(&script.text);
            let read: Value = read.map_err(|error| {
                Refused::statement("read the stubs of `init`", error.to_string())
            })?;
            let several = read.get("mappings").and_then(Value::as_array).cloned();
            lock(&self.stubs).extend(several.unwrap_or_else(|| vec![read]));
        }
        Ok(())
    }

    /// A path exists as soon as it is used; but the server must be there, and let us in.
    fn make(
        &self,
        _template: Option<&str>,
        name: &str,
        patience: &Patience<'_>,
    ) -> Result<(), Refused> {
        let stubs = lock(&self.stubs).clone();
        let stubs = stubs.into_iter().map(|stub| below(name, stub));
        let stubs = json!({ "mappings": stubs.collect::<Vec<_>>() }).to_string();
        let import = "POST /__admin/mappings/import";
        let added = self.api.demand(import, stubs.as_bytes(), patience);
        added
            .map(drop)
            .map_err(|problem| problem.refuses(format!("add the stubs of /{name}")))
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
                self.api.remove(&delete, b"", patience)?;
            }
        }
        let requests = json!({ "urlPattern": format!("/{name}(?:[/?].*)?") }).to_string();
        let remove = "POST /__admin/requests/remove";
        self.api
            .demand(remove, requests.as_bytes(), patience)
            .map(drop)
    }

    fn names(&self, patience: &Patience<'_>) -> Result<Vec<String>, Problem> {
        let stubs = self.list("mappings", "mappings", patience)?;
        let requests = self.list("requests", "requests", patience)?;
        Ok(stubs.iter().chain(&requests).flat_map(words).collect())
    }
}

impl Wiremock {
    /// What there is of a kind.
    fn list(&self, what: &str, kind: &str, patience: &Patience<'_>) -> Result<Vec<Value>, Problem> {
        let mut answer = self
            .api
            .demand_json(&format!("GET /__admin/{what}"), b"", patience)?;
        match answer.get_mut(kind).map(Value::take) {
            Some(Value::Array(list)) => Ok(list),
            _ => Ok(Vec::new()),
        }
    }
}

/// The stub for the paths that start with this name, beside the same stub for others.
fn below(name: &str, mut stub: Value) -> Value {
    let Some(fields) = stub.as_object_mut() else {
        return stub;
    };
    for of_one in ["id", "uuid"] {
        fields.remove(of_one);
    }
    if let Some(Value::String(scenario)) = fields.get_mut("scenarioName") {
        *scenario = format!("{name} {scenario}");
    }
    let request = fields.entry("request").or_insert_with(|| json!({}));
    let Some(request) = request.as_object_mut() else {
        return stub;
    };
    let mut is_for_any = true;
    for (field, url) in request
        .iter_mut()
        .filter(|(field, _)| field.starts_with("url"))
    {
        is_for_any = false;
        if let Value::String(url) = url {
            *url = match field.ends_with("Pattern") {
                true => format!("/{name}(?:{})", url.strip_prefix('^').unwrap_or(url)),
                false => format!("/{name}{url}"),
            };
        }
    }
    if is_for_any {
        request.insert("urlPattern".into(), format!("/{name}(?:[/?].*)?").into());
    }
    stub
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
    fn a_stub_is_added_below_a_path() {
        for (request, wanted) in [
            (json!({ "urlPath": "/a" }), json!({ "urlPath": "/t_1/a" })),
            (
                json!({ "urlPathPattern": "^/a|/b" }),
                json!({ "urlPathPattern": "/t_1(?:/a|/b)" }),
            ),
            (
                json!({ "method": "ANY" }),
                json!({ "method": "ANY", "urlPattern": "/t_1(?:[/?].*)?" }),
            ),
        ] {
            let stub = json!({ "id": "1", "scenarioName": "s", "request": request });
            let found = below("t_1", stub);
            assert_eq!(found, json!({ "scenarioName": "t_1 s", "request": wanted }));
            assert!(words(&found).contains("t_1"));
        }
    }

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
