//! CouchDB, by HTTP, which is what its clients speak.

use fixtured::daemons::{self, Couchdb};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{client, eventually, request};
use serde_json::{Value, json};

fn ask(method: &str, url: &str, body: &Value) -> Value {
    request(method, url, &[], body)
}

#[fixture(couchdb)]
fn a_client_reads_back_what_it_wrote(couchdb: &Instance<Couchdb>, url: &str, database: &str) {
    assert_eq!(url, format!("{}/{database}", couchdb.http_url()));
    ask("PUT", &format!("{url}/book"), &json!({ "title": "one" }));
    assert_eq!(
        ask("GET", &format!("{url}/book"), &Value::Null)["title"],
        "one"
    );
    let view = json!({ "views": { "titles": { "map": "function (doc) { emit(doc.title) }" } } });
    ask("PUT", &format!("{url}/_design/books"), &view);
    let found = ask(
        "GET",
        &format!("{url}/_design/books/_view/titles"),
        &Value::Null,
    );
    assert_eq!(found["rows"][0]["key"], "one", "{found}");
    // Whoever does not log in is refused.
    let nobody = format!("http://127.0.0.1:{}/_all_dbs", couchdb.port());
    assert!(client("curl", &["-sS", &nobody]).contains("\"unauthorized\""));
}

#[test]
fn tests_share_a_server_and_have_databases_of_their_own() {
    let first = daemons::couchdb().acquire().unwrap();
    let second = daemons::couchdb().acquire().unwrap();
    assert_eq!(first.pid(), second.pid());
    ask("PUT", &format!("{}/book", first.url()), &json!({}));
    let count = |url: &str| ask("GET", url, &Value::Null)["doc_count"].clone();
    assert_eq!(
        (count(first.url()), count(second.url())),
        (json!(1), json!(0))
    );
    let gone = first.url().to_owned();
    drop(first);
    let is_gone = || client("curl", &["-sS", &gone]).contains("\"not_found\"");
    eventually("it is deleted", || is_gone().then_some(()));
}

#[test]
fn a_dedicated_server_has_a_database_and_the_login_that_was_asked_for() {
    let couchdb = daemons::couchdb()
        .username("ada")
        .password("p@ss;w=1")
        .start()
        .unwrap();
    assert_eq!(
        (couchdb.username(), couchdb.password()),
        ("ada", "p@ss;w=1")
    );
    assert_eq!(couchdb.database(), "test");
    assert_eq!(ask("GET", couchdb.url(), &Value::Null)["db_name"], "test");
    assert_eq!(
        couchdb.values()["pifpaf_url"],
        format!("couchdb://localhost:{}", couchdb.port())
    );
}

#[fixture(couchdb)]
fn wrong_passwords_lock_nobody_out(couchdb: &Instance<Couchdb>, url: &str) {
    let wrong = url.replace(couchdb.password(), "wrong");
    for _ in 0..10 {
        assert!(client("curl", &["-sS", &wrong]).contains("\"unauthorized\""));
    }
    assert_eq!(ask("GET", url, &Value::Null)["doc_count"], 0);
}

fn fill(url: &str) -> Result<(), String> {
    ask("PUT", &format!("{url}/book"), &json!({ "title": "one" }));
    let view = json!({ "views": { "titles": { "map": "function (doc) { emit(doc.title) }" } } });
    ask("PUT", &format!("{url}/_design/books"), &view);
    ask(
        "GET",
        &format!("{url}/_design/books/_view/titles"),
        &Value::Null,
    );
    Ok(())
}

#[test]
fn servers_start_from_a_copy_of_data() {
    let [first, second] = [(), ()].map(|()| daemons::couchdb().init(fill).acquire().unwrap());
    assert_ne!(first.pid(), second.pid());
    let titles = |couchdb: &Instance<Couchdb>| {
        let view = format!("{}/_design/books/_view/titles", couchdb.url());
        ask("GET", &view, &Value::Null)["rows"].clone()
    };
    assert_eq!(titles(&first)[0]["key"], "one");
    ask(
        "PUT",
        &format!("{}/another", first.url()),
        &json!({ "title": "two" }),
    );
    assert_eq!(titles(&first)[1]["key"], "two");
    assert_eq!(titles(&second)[1], Value::Null);
}

#[test]
fn what_the_configuration_cannot_hold_is_refused() {
    for (server, wanted) in [
        (daemons::couchdb().username(""), "a `username` is not empty"),
        (
            daemons::couchdb().username("a:b"),
            "a `username` is not empty",
        ),
        (
            daemons::couchdb().password("a\nb"),
            "`password` contains a line break",
        ),
        (
            daemons::couchdb().password("a ;b"),
            "a `password` is not empty",
        ),
        (
            daemons::couchdb().password("-pbkdf2-1"),
            "a `password` is not empty",
        ),
    ] {
        let error = server.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
}
