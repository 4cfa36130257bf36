//! Consul lends prefixes.

use fixtured::{Acquire, daemons};
use fixtured_tests::request;
use serde_json::{Value, json};

use super::Existing;

#[test]
fn it_lends_a_prefix() {
    let server = daemons::consul().start().unwrap();
    let url = server.http_url();
    let ask = |method: &str, path: &str, body: &Value| {
        request(method, &format!("{url}/v1/{path}"), &[], body)
    };
    ask("PUT", "kv/t_others-key", &json!(1));
    Existing {
        name: "consul",
        url,
        put: &|holding| {
            ask("PUT", &format!("kv/{}key", holding.prefix), &json!(1));
            let service = json!({ "Name": format!("{}web", holding.prefix), "ID": "any" });
            ask("PUT", "agent/service/register", &service);
        },
        has: &|holding| {
            let keys = ask("GET", "kv/?keys", &Value::Null).to_string();
            keys.contains(&holding.prefix)
        },
        left: &|| {
            let keys = ask("GET", "kv/?keys", &Value::Null);
            let keys = keys.as_array().cloned().unwrap_or_default();
            let keys = keys.iter().filter_map(Value::as_str);
            let services = ask("GET", "agent/services", &Value::Null);
            let services = services.as_object().cloned().unwrap_or_default();
            let keys = keys.filter(|key| *key != "t_others-key").map(Into::into);
            keys.chain(services.keys().cloned()).collect()
        },
    }
    .check();
    assert!(!ask("GET", "kv/t_others-key", &Value::Null).is_null());
}
