//! Requests to servers that speak JSON.

use std::process::Command;

use serde_json::Value;

/// What a server says to a request with a JSON body, sent by curl with these options, if it does not refuse it.
pub fn request(method: &str, url: &str, login: &[&str], body: &Value) -> Value {
    let mut curl = Command::new("curl");
    curl.args(["-sS", "--fail-with-body", "-X", method, url])
        .args(login);
    if !body.is_null() {
        curl.args(["-H", "Content-Type: application/json", "-d"])
            .arg(body.to_string());
    }
    let output = curl.output().unwrap();
    let answer = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{method} {url}: {answer}");
    serde_json::from_str(&answer).unwrap_or_default()
}
