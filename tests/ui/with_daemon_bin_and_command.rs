use fixtured::with_daemon;

#[with_daemon("my-server", bin = "api")]
#[test]
fn serves(url: &str) {
    let _ = url;
}
