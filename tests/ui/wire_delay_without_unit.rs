use fixtured::{Wire, fixture};

#[fixture(redis, wire = true)]
#[test]
fn waits(wire: Wire<'_>) {
    wire.delay(200).unwrap();
}
