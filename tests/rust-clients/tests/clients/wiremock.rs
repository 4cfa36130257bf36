//! WireMock.

use fixtured::daemons::Wiremock;
use fixtured::{Instance, fixture};
use serde_json::json;

use super::Result;

#[fixture(wiremock)]
#[tokio::test]
async fn reqwest(wiremock: &Instance<Wiremock>) -> Result {
    let (client, path) = (
        reqwest::Client::new(),
        format!("{}/hello", wiremock.prefix()),
    );
    let stub = json!({
        "request": {"method": "GET", "urlPath": path},
        "response": {"status": 200, "body": "it works"},
    });
    let stubs = format!("{}/mappings", wiremock.admin_url());
    let made = client.post(stubs).json(&stub).send().await?;
    made.error_for_status()?;
    let read = client.get(format!("{}/hello", wiremock.http_url())).send();
    assert_eq!(read.await?.error_for_status()?.text().await?, "it works");
    Ok(())
}
