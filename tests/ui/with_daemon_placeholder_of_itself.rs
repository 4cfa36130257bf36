use fixtured::with_daemon;

#[with_daemon("front --port {front.port}")]
#[test]
fn serves(url: &str) {
    let _ = url;
}
