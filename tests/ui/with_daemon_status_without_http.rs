use fixtured::with_daemon;

#[with_daemon("my-server --port {port}", status = 200, method = "GET", tcp = "127.0.0.1:{port}")]
#[test]
fn serves(url: &str) {
    let _ = url;
}
