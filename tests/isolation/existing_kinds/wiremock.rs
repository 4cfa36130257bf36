//! WireMock lends paths.

use fixtured::{Acquire, daemons};
use fixtured_tests::{Holding, request};
use serde_json::{Value, json};

use super::Existing;

#[test]
fn it_lends_a_path() {
    let server = daemons::wiremock().start().unwrap();
    let ask = |method: &str, what: &str, body: &Value| {
        request(method, &format!("{}/{what}", server.admin_url()), &[], body)
    };
    let stub = |path: &str| {
        let stub = json!({ "request": { "urlPath": path }, "response": { "body": "mine" } });
        ask("POST", "mappings", &stub);
    };
    let path = |holding: &Holding| holding.url.replace(server.url(), "");
    stub("/t_others/key");
    Existing {
        name: "wiremock",
        url: server.url(),
        put: &|holding| {
            stub(&path(holding));
            // Nothing answers this request, but it is noted.
            let url = format!("{}/none", holding.url);
            std::process::Command::new("curl")
                .args(["-sS", "-o", "/dev/null", &url])
                .status()
                .unwrap();
        },
        has: &|holding| {
            let stubs = ask("GET", "mappings", &Value::Null);
            stubs
                .to_string()
                .contains(&format!("\"{}\"", path(holding)))
        },
        left: &|| {
            let url_of = |it: &Value, field: &str| it["request"][field].as_str().map(Into::into);
            let urls = |what: &str, field: &str| {
                let all = ask("GET", what, &Value::Null)[what].as_array().cloned();
                let all = all.unwrap_or_default();
                all.iter()
                    .filter_map(|it| url_of(it, field))
                    .collect::<Vec<String>>()
            };
            let all = [urls("mappings", "urlPath"), urls("requests", "url")].concat();
            let mine = all.into_iter().filter(|url| url != "/t_others/key");
            mine.collect()
        },
    }
    .check();
    assert!(
        ask("GET", "mappings", &Value::Null)
            .to_string()
            .contains("/t_others/key")
    );
}
