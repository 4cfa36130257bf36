//! Aodh.

use fixtured::daemons::Aodh;
use fixtured::{Instance, fixture};
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use super::Result;

#[fixture(aodh)]
#[tokio::test]
async fn reqwest(aodh: &Instance<Aodh>) -> Result {
    let mut headers = HeaderMap::new();
    for name in ["X-Roles", "X-User-Id", "X-Project-Id"] {
        headers.insert(name, "admin".parse()?);
    }
    let client = reqwest::Client::builder()
        .default_headers(headers)
        .build()?;
    let alarms = format!("{}/v2/alarms", aodh.http_url());
    let alarm = json!({"name": format!("{}-a", aodh.prefix()), "type": "event", "event_rule": {}});
    let made = client.post(&alarms).json(&alarm).send().await?;
    let made: Value = made.error_for_status()?.json().await?;
    let id = made["alarm_id"].as_str().ok_or("no ID")?;
    let read = client.get(format!("{alarms}/{id}")).send().await?;
    let read: Value = read.error_for_status()?.json().await?;
    assert_eq!(read["name"], alarm["name"]);
    Ok(())
}
