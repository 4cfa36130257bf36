use fixtured::with_daemon;

#[with_daemon("my-server", shell = "yes")]
#[test]
fn serves(url: &str) {
    let _ = url;
}
