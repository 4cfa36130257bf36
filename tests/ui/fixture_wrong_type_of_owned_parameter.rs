use fixtured::fixture;

struct Port;

#[fixture(redis)]
#[test]
fn stores_a_key(port: Port) {
    let _ = port;
}
