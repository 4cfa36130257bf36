//! The pool in a server that does what a test wants, in milliseconds.

use std::collections::BTreeSet;
use std::io::{self, PipeReader, PipeWriter};
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::Weak;
use std::thread;

use super::fake::{Fake, LONG, Mood, SHORT, Seen};
use super::shared::{BACKLOG, MOST};
use super::*;
use crate::error::{Doing, Reason};

mod upkeep;

mod ordered;
mod several;

fn pool(init: Init) -> (Fake, Pool) {
    let fake = Fake::default();
    let pool = Pool::of(Box::new(fake.clone()), String::new(), init, None);
    (fake, pool)
}

fn scripts() -> Init {
    Init {
        scripts: vec![crate::launch::Script::new("a.sql", "")],
        ..Init::default()
    }
}

fn function() -> Init {
    Init {
        function: Some("f".into()),
        ..Init::default()
    }
}

fn long() -> Patience<'static> {
    Patience::of(LONG)
}

/// A client that goes away when the other end of this is dropped.
fn client() -> (PipeReader, PipeWriter) {
    io::pipe().unwrap()
}

fn of<'a>(client: &'a [BorrowedFd<'a>]) -> Patience<'a> {
    Patience::new(LONG, client)
}

impl Taken {
    fn database(self) -> Database {
        match self {
            Self::Database(database) => database,
            Self::Prepare(claim) => panic!("{claim:?}"),
            Self::Elsewhere => panic!("elsewhere"),
        }
    }

    fn claim(self) -> Claim {
        match self {
            Self::Prepare(claim) => claim,
            Self::Database(database) => panic!("{database:?}"),
            Self::Elsewhere => panic!("elsewhere"),
        }
    }
}

/// Waits until one that was made ahead can be taken, which is a moment after the server has made it.
fn until_one_is_ready(pool: &Pool) {
    let until = Deadline::after(LONG);
    while lock(&pool.0.stock).ready.is_empty() {
        assert!(!until.has_passed(), "none is made ahead");
        thread::yield_now();
    }
}

#[test]
fn one_is_made_ahead_and_what_was_given_back_is_dropped() {
    let (fake, pool) = pool(Init::default());
    let first = pool.take("a", true, &long()).unwrap().database();
    let ahead = fake.until("one is made ahead", |seen| {
        let mut others = seen.databases.iter().filter(|name| **name != first.name);
        others.next().cloned()
    });
    until_one_is_ready(&pool);
    let second = pool.take("b", true, &long()).unwrap().database();
    assert_eq!(second.name, ahead);
    let gone = first.name.clone();
    drop(first);
    fake.until("it is dropped", |seen| {
        (!seen.databases.contains(&gone)).then_some(())
    });
}

#[test]
fn where_nobody_follows_nothing_is_made_ahead() {
    let (fake, pool) = pool(scripts());
    drop(pool.take("a", false, &long()).unwrap());
    fake.until("only the template is left", |seen| {
        (seen.databases.len() == 1 && seen.made == 1).then_some(())
    });
}

#[test]
fn many_at_once_get_their_own_and_one_prepares() {
    let (fake, pool) = pool(scripts());
    let given = Mutex::new(BTreeSet::new());
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                for number in 0..50 {
                    let test = format!("test{number}");
                    let taken = pool.take(&test, true, &long()).unwrap().database();
                    assert!(lock(&given).insert(taken.name.clone()));
                }
            });
        }
    });
    let most = fake.until("only what is ready is left", |seen| {
        (seen.databases.len() <= 1 + MOST).then_some(seen.most)
    });
    assert_eq!(
        (given.lock().unwrap().len(), lock(&fake.0.0).prepared),
        (800, 1)
    );
    assert!(most <= 1 + MOST + BACKLOG + 2 * 16, "{most}");
}

#[test]
fn who_waits_for_another_one_is_told_at_the_deadline_for_whom() {
    let (_, pool) = pool(function());
    let claim = pool.take("slow", true, &long()).unwrap().claim();
    let late = pool.take("b", true, &Patience::of(SHORT)).err().unwrap();
    let by = "slow".to_owned();
    let doing = Doing::Prepared { by };
    assert_eq!((late.doing, late.reason), (doing, Reason::Late));
    // It is nobody's failure.
    claim.end(Ok(()), &long()).unwrap();
    pool.take("c", true, &long()).unwrap().database();
}

#[test]
fn a_client_that_goes_away_ends_each_wait() {
    for init in [function(), scripts(), Init::default()] {
        let (fake, pool) = pool(init.clone());
        let hangs = |seen: &mut Seen| (seen.prepares, seen.makes) = (Mood::Hangs, Mood::Hangs);
        // The first waits for the server, which prepares or makes; the second for the first, if there is anything to prepare.
        let held = (init == function()).then(|| pool.take("a", true, &long()).unwrap().claim());
        fake.set(hangs);
        let (first, second) = (client(), client());
        thread::scope(|scope| {
            let waiting = [first.0, second.0].map(|client| {
                let pool = &pool;
                scope.spawn(move || {
                    let unwanted = [client.as_fd()];
                    pool.take("b", true, &of(&unwanted)).err().unwrap().reason
                })
            });
            drop((first.1, second.1));
            for thread in waiting {
                assert_eq!(thread.join().unwrap(), Reason::Unwanted);
            }
        });
        drop(held);
    }
}

#[test]
fn who_is_killed_while_he_prepares_leaves_it_to_the_next() {
    let (fake, pool) = pool(function());
    let first = pool.take("first", true, &long()).unwrap().claim();
    let half_done = first.name.clone();
    thread::scope(|scope| {
        let waiting = scope.spawn(|| pool.take("second", true, &long()).unwrap().claim());
        drop(first);
        let second = waiting.join().unwrap();
        assert_ne!(second.name, half_done);
        second.end(Ok(()), &long()).unwrap();
    });
    fake.until("what was half done is dropped", |seen| {
        (!seen.databases.contains(&half_done)).then_some(())
    });
    pool.take("third", true, &long()).unwrap().database();
    assert_eq!(lock(&fake.0.0).prepared, 2);
}

#[test]
fn what_failed_is_remembered_and_what_is_half_done_dropped() {
    let (fake, pool) = pool(scripts());
    fake.set(|seen| seen.prepares = Mood::Refuses);
    let refused = |name| pool.take(name, true, &long()).err().unwrap();
    let first = refused("a");
    assert_eq!(first.reason, Reason::Said("no".into()));
    assert_eq!((refused("b"), lock(&fake.0.0).prepared), (first, 1));
    fake.until("it is dropped", |seen| {
        seen.databases.is_empty().then_some(())
    });
}

/// Most of the first one's time may have been spent on the start of the server.
#[test]
fn what_was_not_done_in_time_is_tried_again_only_if_there_was_little() {
    for (whole, prepared) in [(SHORT, 1), (LONG, 2)] {
        let (fake, pool) = pool(scripts());
        fake.set(|seen| seen.prepares = Mood::Hangs);
        let patience = Patience {
            whole,
            ..Patience::of(SHORT)
        };
        for name in ["a", "b"] {
            let late = pool.take(name, true, &patience).err().unwrap();
            assert_eq!(late.reason, Reason::Late);
        }
        assert_eq!(lock(&fake.0.0).prepared, prepared);
    }
}

#[test]
fn a_server_that_makes_nothing_more_is_not_asked_again_and_again() {
    let (fake, pool) = pool(Init::default());
    let first = pool.take("a", true, &long()).unwrap();
    until_one_is_ready(&pool);
    fake.set(|seen| seen.makes = Mood::Refuses);
    let ready = pool.take("b", true, &long()).unwrap();
    // Whoever makes ahead has tried once, and so have these.
    for _ in 0..3 {
        let refused = pool.take("c", true, &long()).err().unwrap();
        assert_eq!(refused.reason, Reason::Said("no".into()));
    }
    let tried = lock(&fake.0.0).made;
    assert!(tried <= 3 + 3 + 3, "{tried}");
    fake.set(|seen| seen.makes = Mood::Works);
    let again = pool.take("d", true, &long()).unwrap();
    drop((first, ready, again));
    fake.until("only what is ready is left", |seen| {
        (seen.databases.len() <= MOST).then_some(())
    });
}

#[test]
fn what_is_made_too_late_is_dropped() {
    let (fake, pool) = pool(Init::default());
    fake.set(|seen| seen.makes = Mood::Hangs);
    let late = pool.take("a", false, &Patience::of(SHORT)).err().unwrap();
    let doing = Doing::Statement("make".into());
    assert_eq!((late.doing, late.reason), (doing, Reason::Late));
    // Whoever works is there for it, though nobody has got a database yet.
    assert!(lock(&pool.0.stock).works);
}

#[test]
fn a_client_that_goes_away_while_it_drops_another_database_loses_none() {
    let (fake, pool) = pool(Init::default());
    let names: Vec<_> = (0..BACKLOG).map(|number| format!("old_{number}")).collect();
    fake.set(|seen| {
        seen.databases.extend(names.iter().cloned());
        seen.removes = Mood::Hangs;
    });
    {
        // So many that a test has to drop one, while the background thread is busy.
        let mut stock = lock(&pool.0.stock);
        stock.unwanted.extend(names);
        stock.works = true;
    }
    let (gone, leaving) = client();
    drop(leaving);
    drop(pool.take("a", false, &of(&[gone.as_fd()])));
    fake.set(|seen| seen.removes = Mood::Works);
    lock(&pool.0.stock).works = false;
    drop(pool.take("b", false, &long()).unwrap());
    fake.until("all are dropped", |seen| {
        seen.databases.is_empty().then_some(())
    });
}

#[test]
fn a_pool_is_closed_while_its_server_hangs() {
    let (fake, pool) = pool(Init::default());
    let first = pool.take("a", true, &long()).unwrap();
    until_one_is_ready(&pool);
    fake.set(|seen| (seen.makes, seen.removes) = (Mood::Hangs, Mood::Hangs));
    drop((first, pool.take("b", true, &long()).unwrap()));
    pool.close(Deadline::after(LONG));
    assert!(!lock(&pool.0.stock).works);
    let refused = pool.take("c", true, &long()).err().unwrap();
    assert_eq!(refused.reason, Reason::Said("the session is ending".into()));
}

#[test]
fn a_close_does_not_wait_longer_than_it_may_for_a_test() {
    let (fake, pool) = pool(Init::default());
    fake.set(|seen| seen.makes = Mood::Hangs);
    let (client, there) = client();
    thread::scope(|scope| {
        let pool = &pool;
        scope.spawn(move || {
            let unwanted = [client.as_fd()];
            assert!(pool.take("a", true, &of(&unwanted)).is_err());
        });
        fake.until("it is asked", |seen| (seen.made > 0).then_some(()));
        pool.close(Deadline::after(SHORT));
        assert_eq!(lock(&pool.0.stock).making, 1);
        drop(there);
    });
    pool.close(Deadline::after(LONG));
    assert_eq!(lock(&pool.0.stock).making, 0);
}

#[test]
fn nothing_is_left_of_a_pool_that_is_dropped() {
    let (fake, pool) = pool(Init::default());
    let server: Weak<_> = Arc::downgrade(&fake.0);
    drop(pool.take("a", true, &long()).unwrap());
    drop(pool);
    drop(fake);
    // Whoever worked for it is told, and lets go of the server.
    let until = Deadline::after(LONG);
    while server.strong_count() > 0 {
        assert!(!until.has_passed());
        thread::yield_now();
    }
}

/// Many who take, give back, are killed and hang, in an order that nobody has thought of.
#[test]
fn whatever_happens_nobody_waits_and_nothing_is_left() {
    for seed in 1..=20_u64 {
        let (fake, pool) = pool(function());
        let (session, ending) = io::pipe().unwrap();
        thread::scope(|scope| {
            for thread in 0..8 {
                let (pool, fake, session) = (&pool, &fake, &session);
                let mut state = seed * 1_000 + thread;
                let mut below = move |limit: u64| {
                    state = state
                        .wrapping_mul(6_364_136_223_846_793_005)
                        .wrapping_add(1);
                    (state >> 33) % limit
                };
                scope.spawn(move || {
                    for _ in 0..20 {
                        let (client, there) = client();
                        let unwanted = [client.as_fd(), session.as_fd()];
                        let whole = [SHORT, LONG][usize::from(below(8) > 0)];
                        if below(8) == 0 {
                            drop(there);
                        }
                        let mood = [Mood::Works, Mood::Refuses][usize::from(below(16) == 0)];
                        fake.set(|seen| seen.makes = mood);
                        match pool.take("test", true, &Patience::new(whole, &unwanted)) {
                            Ok(Taken::Elsewhere) => panic!("there is no other"),
                            Ok(Taken::Prepare(claim)) if below(3) == 0 => drop(claim),
                            Ok(Taken::Prepare(claim)) => drop(claim.end(Ok(()), &long())),
                            Ok(Taken::Database(database)) => {
                                assert!(lock(&fake.0.0).databases.contains(&database.name));
                            }
                            Err(refused) => assert_ne!(refused.reason, Reason::Said(String::new())),
                        }
                    }
                });
            }
        });
        drop(ending);
        fake.set(|seen| seen.makes = Mood::Works);
        fake.until("only what is ready is left", |seen| {
            (seen.databases.len() <= 1 + MOST).then_some(())
        });
        pool.close(Deadline::after(LONG));
        let stock = lock(&pool.0.stock);
        assert!(stock.making == 0 && !stock.works, "seed {seed}: {stock:?}");
    }
}
