//! Keystone, with curl and OpenStack's own client.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs, thread};

use fixtured::daemons::{self, Keystone};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::free_port;
use serde_json::{Value, json};

/// What the server says to a request: the status, the token in the headers, and the body.
fn request(method: &str, url: &str, token: &str, body: &Value) -> (u16, String, Value) {
    let mut curl = Command::new("curl");
    curl.args(["-s", "-i", "-X", method, url, "-H"])
        .arg(format!("X-Auth-Token: {token}"));
    if !body.is_null() {
        curl.args(["-H", "Content-Type: application/json", "-d"])
            .arg(body.to_string());
    }
    let output = curl.output().unwrap();
    assert!(output.status.success(), "{method} {url}");
    let answer = String::from_utf8(output.stdout).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let token = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("X-Subject-Token")
            .then(|| value.trim().to_owned())
    });
    let body = serde_json::from_str(body).unwrap_or_default();
    (status, token.unwrap_or_default(), body)
}

/// Asks for a token: status, token, and what is said about it.
fn log_in(keystone: &Instance<Keystone>, user: Value, password: &str) -> (u16, String, Value) {
    let mut user = user;
    user["password"] = password.into();
    let project = json!({"name": keystone.project(), "domain": {"id": "default"}});
    let body = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": project},
    }});
    let url = format!("{}/v3/auth/tokens", keystone.http_url());
    request("POST", &url, "", &body)
}

fn administrator(keystone: &Instance<Keystone>) -> (String, Value) {
    let user = json!({"name": keystone.username(), "domain": {"id": "default"}});
    let (status, token, body) = log_in(keystone, user, keystone.password());
    assert_eq!(status, 201, "{body}");
    (token, body)
}

/// The URLs in the catalog, by interface.
fn endpoints(token: &Value) -> Vec<(String, String)> {
    let endpoints = token["token"]["catalog"][0]["endpoints"]
        .as_array()
        .unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut found: Vec<_> = endpoints
        .iter()
        .map(|endpoint| (text(&endpoint["interface"]), text(&endpoint["url"])))
        .collect();
    found.sort();
    found
}

#[fixture(keystone)]
fn the_catalog_leads_to_the_server_by_both_ports(keystone: &Instance<Keystone>, url: &str) {
    let (port, admin_port) = (keystone.port(), keystone.admin_port());
    assert_eq!(url, format!("keystone://localhost:{port}"));
    let (token, body) = administrator(keystone);
    let wanted = [("admin", admin_port), ("internal", port), ("public", port)]
        .map(|(name, port)| (name.to_owned(), format!("http://localhost:{port}/v3")));
    let found = endpoints(&body);
    assert_eq!(found, wanted);
    for (_, url) in found {
        let (status, _, users) = request(
            "GET",
            &format!("{url}/users?name=admin"),
            &token,
            &Value::Null,
        );
        assert_eq!((status, &users["users"][0]["name"]), (200, &json!("admin")));
    }
    let user = json!({"name": "admin", "domain": {"id": "default"}});
    assert_eq!(log_in(keystone, user, "wrong").0, 401);
}

#[fixture(keystone)]
fn openstacks_client_works_with_the_variables(keystone: &Instance<Keystone>, prefix: String) {
    let script = "\
import os, sys
from keystoneauth1 import loading, session
from keystoneclient.v3 import client
options = {name[3:].lower(): value for name, value in os.environ.items() if name.startswith('OS_')}
region = options.pop('region_name'); options.pop('identity_api_version')
auth = loading.get_plugin_loader('password').load_from_options(**options)
keystone = client.Client(session=session.Session(auth), region_name=region)
keystone.projects.create(sys.argv[1] + '-project', domain='default')
print(*[project.name for project in keystone.projects.list() if project.name.startswith(sys.argv[1] + '-')])
";
    let own = format!(
        "{}/.local/share/fixtured/keystone/bin",
        env::var("HOME").unwrap()
    );
    let bin = env::var_os("FIXTURED_KEYSTONE_BIN").unwrap_or(own.into());
    let output = Command::new(PathBuf::from(bin).join("python3"))
        .args(["-W", "ignore", "-c", script, &prefix])
        .envs(keystone.variables())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let found = String::from_utf8(output.stdout).unwrap();
    assert_eq!(found.trim(), format!("{prefix}-project"));
}

#[fixture(keystone)]
#[fixture(keystone as other)]
fn tests_share_a_server_and_begin_names_with_words_of_their_own(
    keystone: &Instance<Keystone>,
    other: &Instance<Keystone>,
) {
    assert_eq!(keystone.pid(), other.pid());
    assert_ne!(keystone.prefix(), other.prefix());
    let (token, _) = administrator(keystone);
    let url = format!("{}/v3/projects", other.http_url());
    for prefix in [keystone.prefix(), other.prefix()] {
        let body = json!({"project": {"name": format!("{prefix}-same"), "domain_id": "default"}});
        assert_eq!(request("POST", &url, &token, &body).0, 201);
    }
}

#[fixture(keystone)]
fn what_it_keeps_in_memory_is_never_out_of_date(keystone: &Instance<Keystone>, prefix: String) {
    let (token, body) = administrator(keystone);
    let project = body["token"]["project"]["id"].as_str().unwrap();
    let api = format!("{}/v3", keystone.http_url());
    let send = |method, path: &str, body: Value| {
        let url = format!("{api}{path}");
        request(method, &url, &token, &body)
    };
    let name = format!("{prefix}-user");
    let (_, _, user) = send(
        "POST",
        "/users",
        json!({"user": {"name": name, "password": "one"}}),
    );
    let user = user["user"]["id"].as_str().unwrap();
    let log_in = |password| log_in(keystone, json!({"id": user}), password);
    assert_eq!(log_in("one").0, 401, "there is no role yet");

    let roles = send("GET", "/roles?name=member", Value::Null).2;
    let role = roles["roles"][0]["id"].as_str().unwrap();
    let assignment = format!("/projects/{project}/users/{user}/roles/{role}");
    assert_eq!(send("PUT", &assignment, Value::Null).0, 204);
    let (status, users_token, _) = log_in("one");
    assert_eq!(status, 201);
    let own = format!("{api}/users/{user}");
    let as_user = |token| request("GET", &own, token, &Value::Null).0;
    assert_eq!(as_user(&users_token), 200);

    let changed = json!({"user": {"password": "two"}});
    assert_eq!(send("PATCH", &format!("/users/{user}"), changed).0, 200);
    assert_eq!((log_in("one").0, log_in("two").0), (401, 201));
    assert_eq!(as_user(&users_token), 401);
    assert_eq!(send("DELETE", &assignment, Value::Null).0, 204);
    assert_eq!(log_in("two").0, 401);
}

#[fixture(keystone)]
fn many_may_log_in_and_write_at_once(keystone: &Instance<Keystone>, prefix: String) {
    let url = format!("{}/v3/projects", keystone.http_url());
    thread::scope(|scope| {
        for client in 0..8 {
            let name = format!("{prefix}-{client}");
            let url = &url;
            scope.spawn(move || {
                let (token, _) = administrator(keystone);
                let body = json!({"project": {"name": name, "domain_id": "default"}});
                assert_eq!(request("POST", url, &token, &body).0, 201);
            });
        }
    });
}

#[test]
fn a_server_of_ones_own_has_the_ports_that_were_asked_for_and_secrets_of_its_own() {
    let [port, admin_port] = [(), ()].map(|()| free_port());
    let shared = daemons::keystone().acquire().unwrap();
    let keystone = daemons::keystone()
        .port(port)
        .admin_port(admin_port)
        .start()
        .unwrap();
    assert_eq!((keystone.port(), keystone.admin_port()), (port, admin_port));
    let (token, body) = administrator(&keystone);
    let admin = format!("http://localhost:{admin_port}/v3");
    assert_eq!(endpoints(&body)[0], ("admin".into(), admin));

    assert_ne!(keystone.password(), shared.password());
    let elsewhere = format!("{}/v3/users", shared.http_url());
    assert_eq!(request("GET", &elsewhere, &token, &Value::Null).0, 401);
    let command = fs::read_to_string(format!("/proc/{}/cmdline", keystone.pid())).unwrap();
    assert!(!command.contains(keystone.password()), "{command}");
}
