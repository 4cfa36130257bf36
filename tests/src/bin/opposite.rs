//! Is one or two tests, each with two databases that start from code: `opposite ORDER…`, where an order is `ab` or `ba`. They run at
//! the same time.

use std::thread;

use fixtured::__private::Test;
use fixtured::daemons;

fn first(_: &str) -> Result<(), String> {
    thread::yield_now();
    Ok(())
}

fn second(_: &str) -> Result<(), String> {
    thread::yield_now();
    Ok(())
}

fn main() {
    let orders: Vec<_> = std::env::args().skip(1).collect();
    thread::scope(|scope| {
        for order in &orders {
            scope.spawn(move || test(order));
        }
    });
}

/// What `#[fixture(postgres, init = first)] #[fixture(postgres, init = second)]` means, or the same in the other order.
fn test(order: &str) {
    let test = Test::new("opposite");
    let (a, b) = (
        || test.begin(daemons::postgres().init(first), None),
        || test.begin(daemons::postgres().init(second), None),
    );
    let (one, other) = match order {
        "ab" => (a(), b()),
        _ => (b(), a()),
    };
    let (one, other) = (test.ready(one), test.ready(other));
    assert!(one.is_some() && other.is_some());
}
