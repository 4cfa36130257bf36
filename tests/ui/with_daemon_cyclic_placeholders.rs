use fixtured::with_daemon;

#[with_daemon("front --back {back.url}")]
#[with_daemon("back --front {front.url}")]
#[test]
fn serves(front_url: &str) {
    let _ = front_url;
}
