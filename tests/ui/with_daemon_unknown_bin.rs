use fixtured::with_daemon;

#[with_daemon(bin = "apii")]
#[test]
fn serves(url: &str) {
    let _ = url;
}
