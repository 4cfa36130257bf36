use fixtured::with_daemon;

#[with_daemon(timeout = "30s")]
#[test]
fn serves(url: &str) {
    let _ = url;
}
