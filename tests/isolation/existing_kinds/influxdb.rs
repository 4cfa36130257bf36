//! InfluxDB lends databases.

use fixtured::{Acquire, daemons};
use fixtured_tests::Holding;
use serde_json::Value;

use super::{Existing, printed};

#[test]
fn it_lends_a_database() {
    let server = daemons::influxdb().start().unwrap();
    let ask = |method: &str, path: &str, args: &[&str]| {
        let url = format!("{}/{path}", server.http_url());
        printed("curl", &[&["-sSf", "-X", method, &url], args].concat(), "")
    };
    let database = |holding: &Holding| holding.url.rsplit('/').next().unwrap().to_owned();
    Existing {
        name: "influxdb",
        url: server.http_url(),
        put: &|holding| {
            let path = format!("write?db={}", database(holding));
            ask("POST", &path, &["--data-binary", "heat,room=one value=1"]);
        },
        has: &|holding| {
            let path = format!("query?db={}", database(holding));
            let read = ask(
                "GET",
                &path,
                &["-G", "--data-urlencode", "q=SELECT * FROM heat"],
            );
            read.contains("one")
        },
        left: &|| {
            let all = ask(
                "GET",
                "query",
                &["-G", "--data-urlencode", "q=SHOW DATABASES"],
            );
            let all: Value = serde_json::from_str(&all).unwrap();
            let rows = all["results"][0]["series"][0]["values"].as_array().cloned();
            let names = rows
                .unwrap_or_default()
                .into_iter()
                .map(|row| row[0].as_str().unwrap().to_owned());
            names.filter(|name| name != "test").collect()
        },
    }
    .check();
}
