//! CouchDB lends databases.

use fixtured::{Acquire, daemons};
use fixtured_tests::{client, request};
use serde_json::{Value, json};

use super::Existing;

#[test]
fn it_lends_a_database() {
    let server = daemons::couchdb().password("p@ss").start().unwrap();
    let ask = |method: &str, url: &str, body: &Value| request(method, url, &[], body);
    Existing {
        name: "couchdb",
        url: server.http_url(),
        put: &|holding| {
            drop(ask(
                "PUT",
                &format!("{}/key", holding.url),
                &json!({ "mine": 1 }),
            ))
        },
        has: &|holding| {
            client("curl", &["-sS", &format!("{}/key", holding.url)]).contains("\"mine\":1")
        },
        left: &|| {
            let all = ask(
                "GET",
                &format!("{}/_all_dbs", server.http_url()),
                &Value::Null,
            );
            let names = all
                .as_array()
                .unwrap()
                .iter()
                .map(|name| name.as_str().unwrap().to_owned());
            names.filter(|name| name.starts_with("t_")).collect()
        },
    }
    .check();
}
