use fixtured::{Wire, fixture};

#[fixture(redis, wire = true)]
#[test]
fn is_slow(wire: Wire<'_>) {
    wire.limit(1.5).unwrap();
}
