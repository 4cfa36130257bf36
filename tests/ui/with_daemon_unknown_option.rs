use fixtured::with_daemon;

#[with_daemon("my-server", timeuot = "30s")]
#[test]
fn serves(url: &str) {
    let _ = url;
}
