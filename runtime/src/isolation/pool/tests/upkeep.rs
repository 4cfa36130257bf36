//! Giving room back, and databases that begin anew.

use super::*;

#[test]
fn where_a_disk_is_full_what_no_test_uses_goes_and_none_is_made_ahead() {
    let (fake, pool) = pool(Init::default());
    let held = [(); 3].map(|()| pool.take("a", true, &long()).unwrap());
    until_one_is_ready(&pool);
    fake.set(|seen| seen.makes = Mood::Holds(8));
    let mut more = Vec::new();
    let refused = loop {
        match pool.take("b", true, &long()) {
            Ok(taken) => more.push(taken),
            Err(refused) => break refused,
        }
    };
    assert!(refused.is_full() && !more.is_empty());
    drop(more);
    pool.shed(&long());
    assert_eq!(lock(&fake.0.0).databases.len(), held.len());
    let again = pool.take("c", true, &long()).unwrap();
    let stock = lock(&pool.0.stock);
    assert!(stock.ready.is_empty() && stock.wanted == 0, "{stock:?}");
    drop(stock);
    drop((held, again));
}

#[test]
fn room_is_waited_for_while_the_background_thread_gives_it_back() {
    let (fake, pool) = pool(Init::default());
    let taken = pool.take("a", false, &long()).unwrap();
    fake.set(|seen| seen.removes = Mood::Hangs);
    drop(taken);
    let until = Deadline::after(LONG);
    while !lock(&pool.0.stock).is_busy {
        assert!(!until.has_passed(), "it is not being dropped");
        thread::yield_now();
    }
    thread::scope(|scope| {
        let shedding = scope.spawn(|| pool.shed(&long()));
        // The background thread is told to end.
        pool.0.end();
        shedding.join().unwrap();
    });
    assert!(!lock(&pool.0.stock).is_busy);
}

#[test]
fn a_reset_database_keeps_its_name() {
    let (fake, pool) = pool(scripts());
    let database = pool.take("a", true, &long()).unwrap().database();
    let made = |fake: &Fake| lock(&fake.0.0).made;
    let before = made(&fake);
    database.reset(&long()).unwrap();
    assert!(made(&fake) > before);
    assert!(lock(&fake.0.0).databases.contains(&database.name));
    fake.set(|seen| seen.makes = Mood::Refuses);
    let refused = database.reset(&long()).unwrap_err();
    assert_eq!(refused.reason, Reason::Said("no".into()));
    // It is not there any more, and can be made again.
    fake.set(|seen| seen.makes = Mood::Works);
    database.reset(&long()).unwrap();
    assert!(lock(&fake.0.0).databases.contains(&database.name));
}
