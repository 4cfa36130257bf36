use fixtured::with_daemon;

#[with_daemon(bin = api)]
#[test]
fn serves(url: &str) {
    let _ = url;
}
