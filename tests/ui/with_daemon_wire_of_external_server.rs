use fixtured::with_daemon;

#[with_daemon(tcp = "127.0.0.1:8080", wire = true)]
#[test]
fn asks(url: &str) {
    let _ = url;
}
