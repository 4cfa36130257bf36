//! Gnocchi.

use fixtured::daemons::Gnocchi;
use fixtured::{Instance, fixture};
use serde_json::{Value, json};

use super::Result;

#[fixture(gnocchi)]
#[tokio::test]
async fn reqwest(gnocchi: &Instance<Gnocchi>) -> Result {
    let client = reqwest::Client::new();
    let (user, metrics) = (
        gnocchi.username(),
        format!("{}/v1/metric", gnocchi.http_url()),
    );
    let metric = json!({"name": format!("{}-m", gnocchi.prefix()), "archive_policy_name": "low"});
    let made = client
        .post(&metrics)
        .basic_auth(user, Some(""))
        .json(&metric);
    let made: Value = made.send().await?.error_for_status()?.json().await?;
    let id = made["id"].as_str().ok_or("no ID")?;
    let read = client
        .get(format!("{metrics}/{id}"))
        .basic_auth(user, Some(""));
    let read: Value = read.send().await?.error_for_status()?.json().await?;
    assert_eq!(read["name"], metric["name"]);
    Ok(())
}
