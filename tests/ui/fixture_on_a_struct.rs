use fixtured::fixture;

#[fixture(redis)]
struct Key;

fn _uses(_: Key) {}
