//! nginx.

use std::fs;
use std::path::Path;

use fixtured::fixture;

use super::Result;

#[fixture(nginx)]
#[tokio::test]
async fn reqwest(http_url: &str, root: &Path) -> Result {
    fs::write(root.join("page.txt"), "hello")?;
    let answer = reqwest::get(format!("{http_url}/page.txt")).await?;
    assert_eq!(answer.text().await?, "hello");
    Ok(())
}

#[fixture(nginx)]
fn ureq(http_url: &str, root: &Path) -> Result {
    fs::write(root.join("page.txt"), "hello")?;
    let answer = ureq::get(format!("{http_url}/page.txt")).call()?;
    assert_eq!(answer.into_body().read_to_string()?, "hello");
    Ok(())
}
