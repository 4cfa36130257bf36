use fixtured::with_daemon;

#[with_daemon(http = "http://127.0.0.1:{port}/")]
#[test]
fn serves(url: &str) {
    let _ = url;
}
