//! Keystone.

use fixtured::daemons::Keystone;
use fixtured::{Instance, fixture};
use serde_json::{Value, json};

use super::Result;

#[fixture(keystone)]
#[tokio::test]
async fn reqwest(keystone: &Instance<Keystone>) -> Result {
    let (domain, url) = (json!({"id": "default"}), keystone.http_url());
    let (name, password) = (keystone.username(), keystone.password());
    let user = json!({"name": name, "password": password, "domain": domain});
    let request = json!({"auth": {
        "identity": {"methods": ["password"], "password": {"user": user}},
        "scope": {"project": {"name": keystone.project(), "domain": domain}},
    }});
    let client = reqwest::Client::new();
    let answer = client
        .post(format!("{url}/v3/auth/tokens"))
        .json(&request)
        .send()
        .await?;
    let answer = answer.error_for_status()?;
    let token = answer.headers()["X-Subject-Token"].to_str()?.to_owned();

    let project = json!({"project": {"name": format!("{}-p", keystone.prefix())}});
    let projects = format!("{url}/v3/projects");
    let made = client
        .post(&projects)
        .header("X-Auth-Token", &token)
        .json(&project);
    let made: Value = made.send().await?.error_for_status()?.json().await?;
    let id = made["project"]["id"].as_str().ok_or("no ID")?;
    let read = client
        .get(format!("{projects}/{id}"))
        .header("X-Auth-Token", &token);
    let read: Value = read.send().await?.error_for_status()?.json().await?;
    assert_eq!(read["project"]["name"], project["project"]["name"]);
    Ok(())
}
