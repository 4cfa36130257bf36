//! Redis and Valkey lend databases that have a number.

use std::process::Command;

use fixtured::{Acquire, daemons};
use fixtured_tests::Holder;

use super::{Existing, printed};

fn redis(cli: &str, name: &str, url: &str) {
    let ask = |url: &str, input: &str| {
        let url = url.replace("valkey://", "redis://");
        printed(cli, &["-u", &url, "--no-auth-warning"], input)
    };
    // The data of others is in databases that could be lent, too.
    ask(url, "SET others 0\nSELECT 2\nSET others 2\n");
    let every: String = (0..16)
        .map(|number| format!("SELECT {number}\nKEYS *\n"))
        .collect();
    Existing {
        name,
        url,
        put: &|holding| drop(ask(&holding.url, "SET key mine\n")),
        has: &|holding| ask(&holding.url, "GET key\n").contains("mine"),
        left: &|| {
            let all = ask(url, &every);
            let mine = all
                .lines()
                .filter(|line| !["OK", "", "others"].contains(line));
            mine.map(Into::into).collect()
        },
    }
    .check();
    let others = ask(url, "GET others\nSELECT 2\nGET others\n");
    assert_eq!(others, "0\nOK\n2\n");
}

#[test]
fn redis_lends_a_numbered_database() {
    let server = daemons::redis().password("p@ss").start().unwrap();
    // The program wants a user with a password.
    let url = server.url().replace(":p%40ss", "default:p%40ss");
    redis("redis-cli", "redis", &url);
}

#[test]
fn valkey_lends_a_numbered_database() {
    let server = daemons::valkey().start().unwrap();
    redis("valkey-cli", "valkey", server.url());
}

/// A server has few of them.
#[test]
fn a_test_waits_for_a_numbered_database() {
    let server = daemons::redis().start().unwrap();
    let fill: String = (3..16)
        .map(|number| format!("SELECT {number}\nSET others 1\n"))
        .collect();
    printed("redis-cli", &["-u", server.url()], &fill);
    let existing = |command: &mut Command| {
        command.env("FIXTURED_REDIS_URL", server.url());
    };
    let holder = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hold"));
        existing(&mut command);
        Holder::start(command).unwrap()
    };
    let [mut first, mut second, mut third] = [holder(), holder(), holder()];
    let given = [
        first.ask_for("redis").unwrap(),
        second.ask_for("redis").unwrap(),
    ];
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| third.ask_for("redis").unwrap());
        assert!(!waits.is_finished());
        drop(first);
        assert_eq!(waits.join().unwrap().url, given[0].url);
    });
}
