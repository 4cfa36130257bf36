//! CouchDB.

use fixtured::fixture;
use serde_json::{Value, json};

use super::Result;

#[fixture(couchdb)]
#[tokio::test]
async fn reqwest(http_url: &str, database: &str) -> Result {
    let (client, text) = (reqwest::Client::new(), json!({"text": "hello"}));
    let document = format!("{http_url}/{database}/greeting");
    let put = client.put(&document).json(&text).send().await?;
    put.error_for_status()?;
    let read = client.get(&document).send().await?.error_for_status()?;
    assert_eq!(read.json::<Value>().await?["text"], "hello");
    Ok(())
}
