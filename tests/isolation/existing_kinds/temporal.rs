//! Temporal lends namespaces.

use fixtured::{Acquire, daemons};
use fixtured_tests::request;
use serde_json::{Value, json};

use super::Existing;

#[test]
fn it_lends_a_namespace() {
    let server = daemons::temporal().start().unwrap();
    let http = format!("{}/api/v1/namespaces", server.http_url());
    let ask = |method: &str, path: &str, body: &Value| {
        request(method, &format!("{http}{path}"), &[], body)
    };
    let others = json!({ "namespace": "t_others", "workflowExecutionRetentionPeriod": "86400s" });
    ask("POST", "", &others);
    let port = server.port_named("http");
    Existing {
        name: "temporal",
        url: &format!("{}?management_port={port}", server.url()),
        put: &|holding| {
            assert_eq!(holding.url, server.url());
            let workflow = json!({
                "workflowType": { "name": "greet" }, "taskQueue": { "name": "greetings" },
            });
            ask(
                "POST",
                &format!("/{}/workflows/hello", holding.prefix),
                &workflow,
            );
        },
        has: &|holding| {
            let path = format!("/{}/workflow-count", holding.prefix);
            ask("GET", &path, &Value::Null)["count"] == "1"
        },
        left: &|| {
            let all = ask("GET", "", &Value::Null);
            let all = all["namespaces"].as_array().cloned().unwrap_or_default();
            let names = all
                .iter()
                .map(|it| it["namespaceInfo"]["name"].as_str().unwrap());
            let ours = ["default", "temporal-system", "t_others"];
            names
                .filter(|name| !ours.contains(name))
                .map(Into::into)
                .collect()
        },
    }
    .check();
}
