//! httpbin.

use fixtured::fixture;
use serde_json::Value;

use super::Result;

#[fixture(httpbin)]
#[tokio::test]
async fn reqwest(http_url: &str) -> Result {
    let client = reqwest::Client::new();
    let sent = client.post(format!("{http_url}/anything")).body("hello");
    let answer: Value = sent.send().await?.json().await?;
    assert_eq!(answer["data"], "hello");
    Ok(())
}

#[fixture(httpbin)]
fn ureq(http_url: &str) -> Result {
    let answer = ureq::post(format!("{http_url}/anything")).send("hello")?;
    let answer: Value = answer.into_body().read_json()?;
    assert_eq!(answer["data"], "hello");
    Ok(())
}

#[fixture(httpbin)]
fn attohttpc(http_url: &str) -> Result {
    let sent = attohttpc::post(format!("{http_url}/anything")).text("hello");
    let answer: Value = sent.send()?.json()?;
    assert_eq!(answer["data"], "hello");
    Ok(())
}
