//! Test processes that are killed while they hold databases, or while they are getting them.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use fixtured_tests::{Random, eventually, without_runner};
use postgres::{Client, NoTls};

/// How many are killed.
const KILLS: usize = 60;

/// How many live at the same time.
const AT_ONCE: usize = 6;

/// How many databases the product may keep ready.
const SPARE: usize = 8;

/// A process that keeps a database, in the session whose runner is this test.
struct Keeping {
    child: Child,
    given: Option<Given>,
}

#[derive(Clone)]
struct Given {
    server: String,
    database: String,
    url: String,
}

impl Keeping {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_keep"));
        without_runner(&mut command);
        command
            .env("FIXTURED_SESSION", std::process::id().to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        Self {
            child: command.spawn().unwrap(),
            given: None,
        }
    }

    /// Waits until it has its database.
    fn given(&mut self) -> Given {
        let read = || {
            let mut line = String::new();
            let output = self.child.stdout.as_mut().unwrap();
            BufReader::new(output).read_line(&mut line).unwrap();
            let words: Vec<_> = line.split_whitespace().collect();
            let [server, database, url] = words[..] else {
                panic!("a process that was not killed got no database: {line:?}");
            };
            Given {
                server: server.into(),
                database: database.into(),
                url: url.into(),
            }
        };
        self.given.get_or_insert_with(read).clone()
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn databases(client: &mut Client) -> BTreeSet<String> {
    let query = "SELECT datname::text FROM pg_database WHERE datname LIKE 't\\_%' AND datname NOT LIKE '%template%'";
    let rows = client.query(query, &[]).unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn what_killed_tests_held_is_dropped_and_later_tests_notice_nothing() {
    let seed = 20_261_122;
    let mut random = Random::new(seed);
    let mut kept = Keeping::start();
    let first = kept.given();
    let mut client = Client::connect(&first.url, NoTls).unwrap();
    let mut running = Vec::new();
    let mut held = BTreeSet::new();
    for _ in 0..KILLS {
        running.resize_with(AT_ONCE, Keeping::start);
        let mut killed = running.swap_remove(random.below(AT_ONCE));
        // Two of three hold their database; the others are killed wherever they are.
        if random.below(3) > 0 {
            let given = killed.given();
            assert_eq!(given.server, first.server, "seed {seed}");
            assert!(held.insert(given.database), "seed {seed}");
        }
        drop(killed);
    }
    drop(running);
    assert!(held.len() > KILLS / 3, "seed {seed}: {}", held.len());
    eventually("the databases of the killed are dropped", || {
        let mut left = databases(&mut client);
        assert!(left.remove(&first.database), "{left:?}");
        (left.is_disjoint(&held) && left.len() <= SPARE).then_some(())
    });
    for _ in 0..20 {
        let mut later = Keeping::start();
        let given = later.given();
        assert_eq!(given.server, first.server);
        assert!(held.insert(given.database));
        let mut own = Client::connect(&given.url, NoTls).unwrap();
        let users = own.query_one("SELECT count(*) FROM users", &[]).unwrap();
        assert_eq!(users.get::<_, i64>(0), 1);
    }
    eventually("nothing is left but what is ready", || {
        let mut left = databases(&mut client);
        left.remove(&first.database);
        (left.is_disjoint(&held) && left.len() <= SPARE).then_some(())
    });
}
