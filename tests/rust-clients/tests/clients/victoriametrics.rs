//! VictoriaMetrics.

use fixtured::fixture;
use serde_json::Value;

use super::Result;

#[fixture(victoriametrics)]
fn ureq(http_url: &str) -> Result {
    ureq::post(format!("{http_url}/api/v1/import/prometheus")).send("heat 21.5 946684800000")?;
    // What was written can be found once that has been done.
    ureq::get(format!("{http_url}/internal/force_flush")).call()?;
    let query = format!("{http_url}/api/v1/query?query=heat&time=946684860");
    let found: Value = ureq::get(query).call()?.into_body().read_json()?;
    assert_eq!(found["data"]["result"][0]["value"][1], "21.5");
    Ok(())
}
