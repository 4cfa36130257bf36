use fixtured::with_daemon;

#[with_daemon("my-server" as front, as back)]
#[test]
fn serves(url: &str) {
    let _ = url;
}
