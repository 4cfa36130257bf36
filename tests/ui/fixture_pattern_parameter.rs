use fixtured::fixture;

#[fixture(redis)]
#[test]
fn stores_a_key((host, port): (&str, u16)) {
    let _ = (host, port);
}
