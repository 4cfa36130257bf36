//! Swift.

use fixtured::daemons::Swift;
use fixtured::{Instance, fixture};

use super::Result;

#[fixture(swift)]
#[tokio::test]
async fn reqwest(swift: &Instance<Swift>) -> Result {
    let client = reqwest::Client::new();
    let login = client
        .get(swift.auth_url())
        .header("X-Auth-User", swift.username())
        .header("X-Auth-Key", swift.password());
    let login = login.send().await?.error_for_status()?;
    let token = login.headers()["X-Auth-Token"].to_str()?;
    let container = format!("{}/container", swift.storage_url());
    let object = format!("{container}/key");
    for (url, body) in [(&container, ""), (&object, "value")] {
        let put = client.put(url).header("X-Auth-Token", token).body(body);
        put.send().await?.error_for_status()?;
    }
    let get = client.get(&object).header("X-Auth-Token", token).send();
    assert_eq!(get.await?.error_for_status()?.text().await?, "value");
    Ok(())
}
