//! What is left of a daemon's data when its test kills, stops or restarts it.

use std::fs;
use std::process::Command;

use fixtured::daemons::{self, Postgres, Redis};
use fixtured::{Acquire, Instance, Result, State, fixture};
use fixtured_tests::{alive, client, eventually, scratch_directory};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use postgres::{Client, NoTls};

/// Commits a row and does this at once, again and again; all rows are there each time.
fn keeps_all(postgres: &Instance<Postgres>, outage: impl Fn(&Instance<Postgres>) -> Result<()>) {
    let connect = || Client::connect(postgres.url(), NoTls).unwrap();
    connect()
        .batch_execute("CREATE TABLE rounds (round int)")
        .unwrap();
    for round in 1..=8 {
        let mut client = connect();
        client
            .execute("INSERT INTO rounds VALUES ($1)", &[&round])
            .unwrap();
        let before = postgres.pid();
        outage(postgres).unwrap();
        client.batch_execute("SELECT 1").unwrap_err();
        assert!(!alive(before));
        let count = connect()
            .query_one("SELECT count(*) FROM rounds", &[])
            .unwrap();
        assert_eq!(count.get::<_, i64>(0), i64::from(round));
    }
}

#[fixture(postgres, scope = "test")]
#[test]
fn postgres_keeps_what_was_committed_when_it_is_restarted(postgres: &Instance<Postgres>) {
    keeps_all(postgres, Instance::restart);
}

#[test]
fn postgres_keeps_what_was_committed_when_it_is_killed_if_it_is_asked_to() {
    let durable = [("synchronous_commit", "on"), ("full_page_writes", "on")];
    let postgres = daemons::postgres().settings(durable).start().unwrap();
    keeps_all(&postgres, |postgres| {
        postgres.kill()?;
        assert_eq!(postgres.state()?, State::Signaled(9));
        postgres.start()
    });
}

#[fixture(mariadb, scope = "test")]
#[test]
fn mariadb_keeps_what_was_committed_when_it_is_killed(mariadb: &Instance<daemons::Mariadb>) {
    let query = |sql: &str| {
        let mut client = Command::new("mariadb");
        let output =
            client
                .envs(mariadb.variables())
                .args(["-uroot", "-N", "-e", sql, mariadb.database()]);
        let output = output.output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout)
            .unwrap()
            .trim_end()
            .to_owned()
    };
    query("CREATE TABLE rounds (round int) ENGINE=InnoDB");
    for round in 1..=3 {
        query(&format!("INSERT INTO rounds VALUES ({round})"));
        mariadb.kill().unwrap();
        mariadb.start().unwrap();
        assert_eq!(query("SELECT count(*) FROM rounds"), round.to_string());
    }
}

#[fixture(redis)]
#[test]
fn redis_is_empty_when_it_is_started_again(redis: &Instance<Redis>) {
    let port = redis.port().to_string();
    let ask = |words: &[&str]| client("redis-cli", &[&["-p", &port], words].concat());
    assert_eq!(ask(&["SET", "key", "value"]), "OK");
    redis.stopped(|| assert!(!alive(redis.pid()))).unwrap();
    assert_eq!(ask(&["GET", "key"]), "");
}

#[test]
fn redis_has_the_data_of_its_init_when_it_is_started_again() {
    let scratch = scratch_directory("killed-init").unwrap();
    let path = scratch.join("seed.redis");
    fs::write(&path, "SET stock 10\n").unwrap();
    let redis = daemons::redis().init(path).start().unwrap();
    let ask = |words: &[&str]| client("redis-cli", &[&["-u", redis.redis_url()], words].concat());
    type Act = fn(&Instance<Redis>) -> Result<()>;
    let acts: [Act; 2] = [Instance::restart, |redis| {
        redis.kill().and_then(|()| redis.start())
    }];
    for act in acts {
        assert_eq!(ask(&["DECR", "stock"]), "9");
        act(&redis).unwrap();
    }
    assert_eq!(ask(&["GET", "stock"]), "10");
}

#[test]
fn a_process_that_has_crashed_is_started_again() {
    let cluster = daemons::redis().start().unwrap();
    let node = cluster.process("");
    for start in [fixtured::Node::start, fixtured::Node::restart] {
        let pid = node.pid().unwrap();
        kill(Pid::from_raw(pid.cast_signed()), Signal::SIGSEGV).unwrap();
        eventually("it has crashed", || (!alive(pid)).then_some(()));
        start(&node).unwrap();
        assert_eq!(node.state().unwrap(), State::Running);
        assert_eq!(cluster.pid(), node.pid().unwrap());
    }
    node.kill().unwrap();
    node.kill().unwrap();
    assert_eq!(node.state().unwrap(), State::Signaled(9));
}
