use fixtured::with_daemon;

#[with_daemon("my-server", args = ["--port", "{port}"])]
#[test]
fn serves(url: &str) {
    let _ = url;
}
