use fixtured::fixture;

fn search_engine() -> &'static str {
    "no daemon"
}

#[fixture(self::search_engine)]
#[test]
fn finds_a_word() {}
