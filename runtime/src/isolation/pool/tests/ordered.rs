//! What the background thread makes for a test that waits for it.

use super::*;

/// To make one beside it would take both twice as long.
#[test]
fn a_test_that_finds_none_waits_for_the_one_that_is_being_made() {
    let (fake, pool) = pool(Init::default());
    // The first one makes its own, and the next one finds one ready.
    let first_two = pool.take("first", true, &long()).unwrap();
    until_one_is_ready(&pool);
    fake.set(|seen| seen.makes = Mood::Hangs);
    let first_two = [first_two, pool.take("second", true, &long()).unwrap()];
    let is_ordered = || lock(&pool.0.stock).order.name().is_some();
    let (first, second) = (client(), client());
    thread::scope(|scope| {
        let take = |client: PipeReader, name| {
            let pool = &pool;
            scope.spawn(move || {
                let unwanted = [client.as_fd()];
                pool.take(name, true, &of(&unwanted)).err().unwrap().reason
            })
        };
        let waiting = take(first.0, "a");
        let until = Deadline::after(LONG);
        while !is_ordered() {
            assert!(!until.has_passed(), "it does not wait");
            thread::yield_now();
        }
        // Only one test waits for it.
        let making = take(second.0, "b");
        fake.until("both make one", |seen| (seen.made == 4).then_some(()));
        drop((first.1, second.1));
        for thread in [waiting, making] {
            assert_eq!(thread.join().unwrap(), Reason::Unwanted);
        }
    });
    assert!(!is_ordered());
    assert_eq!(lock(&fake.0.0).made, 4);
    drop(first_two);
}
