//! OpenBao, with its own client program, with curl and with Python's client; and Vault's definition with OpenBao's program.

use std::fs;
use std::process::Command;

use fixtured::daemons::{self, Openbao};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{eventually, processes, python, request};
use serde_json::{Value, json};

use crate::stand_in::StandIn;

/// What the server's program prints as a client, if it succeeds.
fn try_client(openbao: &Instance<Openbao>, args: &[&str]) -> Result<String, String> {
    let program = fs::read_link(format!("/proc/{}/exe", openbao.pid())).unwrap();
    let mut command = Command::new(program);
    let output = command
        .envs(openbao.variables())
        .args(args)
        .output()
        .unwrap();
    let [text, errors] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    match output.status.success() {
        true => Ok(text.trim_end().into()),
        false => Err(errors),
    }
}

fn client(openbao: &Instance<Openbao>, args: &[&str]) -> String {
    try_client(openbao, args).unwrap_or_else(|error| panic!("bao {args:?}: {error}"))
}

fn put(openbao: &Instance<Openbao>, text: &str) {
    let text = format!("text={text}");
    client(openbao, &["kv", "put", "-mount=secret", "greeting", &text]);
}

const GET: &[&str] = &["kv", "get", "-mount=secret", "-field=text", "greeting"];

/// The namespaces of the server, seen from its root.
fn namespaces(openbao: &Instance<Openbao>) -> String {
    let token = format!("X-Vault-Token: {}", openbao.token());
    let url = format!("{}/v1/sys/namespaces?scan=true", openbao.url());
    let curl = ["-sS", "-X", "SCAN", "-H", &token, &url];
    fixtured_tests::client("curl", &curl)
}

#[fixture(openbao)]
#[test]
fn its_own_client_reads_back_what_it_wrote(openbao: &Instance<Openbao>, url: &str, mount: &str) {
    assert_eq!(url, format!("http://127.0.0.1:{}", openbao.port()));
    assert_eq!((url, mount), (&*openbao.variables()["BAO_ADDR"], "secret"));
    put(openbao, "hello");
    assert_eq!(client(openbao, GET), "hello");
}

#[fixture(openbao)]
#[test]
fn a_client_of_another_kind_reads_back_what_it_wrote(openbao: &Instance<Openbao>) {
    let code = "
import hvac, os
client = hvac.Client(namespace=os.environ['VAULT_NAMESPACE'])
client.secrets.kv.v2.create_or_update_secret('greeting', {'text': 'hello'})
client.secrets.kv.v2.create_or_update_secret('greeting', {'text': 'again'})
secret = client.secrets.kv.v2.read_secret_version('greeting', raise_on_deleted_version=True)['data']
print(secret['data']['text'], secret['metadata']['version'])";
    assert_eq!(python("hvac", openbao.variables(), code), "again 2");
    assert_eq!(client(openbao, GET), "again");
}

#[test]
fn tests_share_a_server_and_have_namespaces_of_their_own() {
    let [one, other] = [(), ()].map(|()| daemons::openbao().acquire().unwrap());
    assert_eq!((one.pid(), one.url()), (other.pid(), other.url()));
    assert_ne!(one.namespace(), other.namespace());
    put(&one, "1");
    assert!(try_client(&other, GET).is_err());
    put(&other, "2");
    assert_eq!([&one, &other].map(|it| client(it, GET)), ["1", "2"]);
    // So it is with what belongs to a whole server otherwise.
    let policy = std::env::temp_dir().join(format!("fixtured-policy-{}.hcl", std::process::id()));
    fs::write(&policy, "path \"secret/*\" { capabilities = [\"read\"] }").unwrap();
    client(
        &one,
        &["policy", "write", "readers", policy.to_str().unwrap()],
    );
    fs::remove_file(&policy).unwrap();
    client(&one, &["secrets", "enable", "transit"]);
    client(&one, &["auth", "enable", "userpass"]);
    for (what, name) in [
        ("policy", "readers"),
        ("secrets", "transit/"),
        ("auth", "userpass/"),
    ] {
        assert!(client(&one, &[what, "list"]).contains(name), "{what}");
        assert!(!client(&other, &[what, "list"]).contains(name), "{what}");
    }
    let (namespace, token) = (one.namespace().to_owned(), one.token().to_owned());
    assert!(namespaces(&other).contains(&namespace) && token == other.token());
    drop(one);
    eventually("the namespace is deleted", || {
        (!namespaces(&other).contains(&namespace)).then_some(())
    });
    assert_eq!(client(&other, GET), "2");
}

#[test]
fn a_namespace_can_be_reset() {
    let openbao = daemons::openbao().acquire().unwrap();
    let namespace = openbao.namespace().to_owned();
    put(&openbao, "hello");
    client(&openbao, &["secrets", "enable", "transit"]);
    openbao.reset().unwrap();
    assert!(try_client(&openbao, GET).is_err());
    assert!(!client(&openbao, &["secrets", "list"]).contains("transit"));
    put(&openbao, "again");
    assert_eq!(
        (client(&openbao, GET), openbao.namespace()),
        ("again".into(), &*namespace)
    );
}

#[test]
fn a_server_of_ones_own_has_the_token_and_the_port_that_are_wanted() {
    let leased = daemons::openbao().start().unwrap();
    let port = leased.port();
    drop(leased);
    let address = format!("127.0.0.1:{port}");
    let openbao = daemons::openbao()
        .listen_address(&address)
        .root_token_id("sesame");
    let openbao = openbao.start().unwrap();
    assert_eq!(
        (openbao.port(), openbao.token(), openbao.namespace()),
        (port, "sesame", "")
    );
    assert_eq!(openbao.cli_variables()["ROOT_TOKEN"], "sesame");
    assert_eq!(
        openbao.cli_variables()["VAULT_ADDR"],
        format!("http://{address}")
    );
    put(&openbao, "hello");
    assert_eq!(client(&openbao, GET), "hello");
    assert!(!openbao.dir().join(".vault-token").exists());
    // Other users see command lines.
    let all = processes();
    let server = all
        .iter()
        .find(|process| process.pid == openbao.pid())
        .unwrap();
    assert!(!server.command.contains("sesame"), "{}", server.command);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let server = daemons::openbao;
    for (daemon, wanted) in [
        (
            server().listen_address("0.0.0.0:8200"),
            "`listen_address` is `0.0.0.0:8200`, expected `127.0.0.1:PORT`",
        ),
        (
            server().listen_address("127.0.0.1:0"),
            "`listen_address` is `127.0.0.1:0`, expected `127.0.0.1:PORT`",
        ),
        (
            server().listen_address("127.0.0.1:1").port(2),
            "set a `port` or a `listen_address`, not both",
        ),
        (server().root_token_id(""), "`root_token_id` is empty"),
        (
            server().root_token_id("a\nb"),
            "`root_token_id` contains a line break",
        ),
    ] {
        let error = daemon.acquire().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
}

/// The program of Vault cannot be had by everybody. OpenBao's has the same options and the same API.
#[test]
fn tests_share_a_vault_and_have_mounts_of_their_own() {
    let openbao = daemons::openbao().acquire().unwrap();
    let program = fs::read_link(format!("/proc/{}/exe", openbao.pid())).unwrap();
    // Vault's variable has another prefix than that of OpenBao's server.
    let script = format!(
        "BAO_DEV_ROOT_TOKEN_ID=$VAULT_DEV_ROOT_TOKEN_ID exec '{}' \"$@\"",
        program.display()
    );
    let vault = StandIn::new("vault", "vault", &script);
    let [one, other] = [0, 1].map(|number| Test {
        told: &vault.told[number],
    });
    assert_eq!(one.told["pid"], other.told["pid"]);
    assert_ne!(one.value("mount"), other.value("mount"));
    assert_eq!(one.value("namespace"), "");
    one.ask("POST", &json!({ "data": { "text": "1" } }));
    other.ask("POST", &json!({ "data": { "text": "2" } }));
    for (test, wanted) in [(&one, "1"), (&other, "2")] {
        let found = test.ask("GET", &Value::Null);
        assert_eq!(found["data"]["data"]["text"], wanted);
    }
}

/// What a test has in a Vault.
struct Test<'a> {
    told: &'a Value,
}

impl Test<'_> {
    fn value(&self, name: &str) -> &str {
        self.told["values"][name].as_str().unwrap()
    }

    fn ask(&self, method: &str, body: &Value) -> Value {
        let (port, mount) = (&self.told["ports"][""], self.value("mount"));
        let url = format!("http://127.0.0.1:{port}/v1/{mount}/data/greeting");
        let token = format!("X-Vault-Token: {}", self.value("password"));
        request(method, &url, &["-H", &token], body)
    }
}
