//! OpenBao lends namespaces, and mounts like Vault, whose API it has.

use fixtured::{Acquire, daemons};
use fixtured_tests::{Holding, request};
use serde_json::{Value, json};

use super::Existing;

/// What a test is given, and where that has a secret.
type Secret = fn(&Holding) -> String;

fn check(name: &str, list: &str, secret: Secret) {
    let server = daemons::openbao().root_token_id("root").start().unwrap();
    let ask = |method: &str, path: &str, body: &Value| {
        let url = format!("{}/v1/{path}", server.url());
        request(method, &url, &["-H", "X-Vault-Token: root"], body)
    };
    ask("POST", "sys/mounts/t_mount", &json!({ "type": "kv" }));
    ask("POST", "sys/namespaces/t_namespace", &json!({}));
    let keys = |list: &str| {
        let found = ask("GET", list, &Value::Null)["data"].clone();
        let listed = found["keys"].as_array().cloned().unwrap_or_default();
        let listed = listed
            .into_iter()
            .map(|key| key.as_str().unwrap().to_owned());
        let keys = found.as_object().unwrap().keys().cloned();
        keys.chain(listed)
            .filter(|key| key.starts_with("t_"))
            .filter(|key| !["t_mount/", "t_namespace/"].contains(&&**key))
            .collect::<Vec<_>>()
    };
    Existing {
        name,
        url: &server.url().replace("//", "//:root@"),
        put: &|holding| {
            assert_eq!(holding.url, server.url());
            let text = json!({ "data": { "text": "mine" } });
            ask("POST", &format!("{}/data/greeting", secret(holding)), &text);
        },
        has: &|holding| {
            let keys = format!("{}/metadata?list=true", secret(holding));
            let url = format!("{}/v1/{keys}", server.url());
            let curl = ["-sS", "-H", "X-Vault-Token: root", &url];
            fixtured_tests::client("curl", &curl).contains("greeting")
        },
        left: &|| keys(list),
    }
    .check();
}

#[test]
fn openbao_lends_a_namespace() {
    check("openbao", "sys/namespaces?list=true", |holding| {
        format!("{}/secret", holding.prefix)
    });
}

#[test]
fn vault_lends_a_mount() {
    check("vault", "sys/mounts", |holding| holding.prefix.clone());
}
