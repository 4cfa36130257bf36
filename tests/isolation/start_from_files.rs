//! What servers start from: files of data, and of what a client has exported.

use std::fs;
use std::path::Path;

use fixtured::daemons::{self, Consul, Redis};
use fixtured::{Acquire, ErrorKind, Instance};
use fixtured_tests::{Scratch, client, scratch_directory};

fn ask(redis: &Instance<Redis>, words: &[&str]) -> String {
    client("redis-cli", &[&["-u", redis.redis_url()], words].concat())
}

/// A server that starts from these commands, which are in a file as long as the directory is there.
fn commands(text: &str) -> (Scratch, Redis) {
    let scratch = scratch_directory("commands").unwrap();
    let path = scratch.join("seed.redis");
    fs::write(&path, text).unwrap();
    (scratch, daemons::redis().init(path))
}

#[test]
fn commands_are_those_of_the_client() {
    let many = (0..2500).map(|number| format!("HSET many {number} {number}\n"));
    let text = format!(
        "SET stock 10\r\n\n  RPUSH orders \"one \\x41\" 'two'\n{}SET last \"\"",
        many.collect::<String>()
    );
    let (_scratch, redis) = commands(&text);
    for _ in 0..2 {
        let redis = redis.clone().acquire().unwrap();
        assert_eq!(ask(&redis, &["DECR", "stock"]), "9");
        assert_eq!(ask(&redis, &["LRANGE", "orders", "0", "-1"]), "one A\ntwo");
        assert_eq!(ask(&redis, &["HLEN", "many"]), "2500");
        assert_eq!(ask(&redis, &["EXISTS", "last"]), "1");
    }
}

#[test]
fn a_wrong_command_is_named_with_its_line() {
    let error = |text: &str| {
        let (_scratch, redis) = commands(text);
        redis.acquire().map(drop).unwrap_err().to_string()
    };
    let text = error("SET a 1\n\nINCRBY a much\nSET b 2\n");
    let wanted = "seed.redis, line 3, failed\n  statement: INCRBY a much\n  server:  ERR value is not an integer";
    assert!(text.contains(wanted), "{text}");
    let text = error("SET a 1\nSET 'b 2\n");
    let wanted = "seed.redis`, line 2: a quote is not closed";
    assert!(text.contains(wanted), "{text}");
    let text = error("*1\r\n$4\r\nPING\r\n");
    assert!(
        text.contains("line 1: write commands, one a line"),
        "{text}"
    );
}

#[test]
fn a_dump_is_copied() {
    let scratch = scratch_directory("dump").unwrap();
    let (_commands, first) = commands("SET stock 10");
    let first = first.acquire().unwrap();
    let copy = scratch.join("orders.rdb");
    fs::copy(first.dir().join("data/dump.rdb"), &copy).unwrap();
    for _ in 0..2 {
        let redis = daemons::redis().init(copy.as_path()).acquire().unwrap();
        assert_eq!(ask(&redis, &["GET", "stock"]), "10");
        ask(&redis, &["SET", "stock", "0"]);
        ask(&redis, &["SAVE"]);
    }
    for (path, reason) in [
        (Path::new("nowhere.rdb"), "tests/nowhere.rdb`: No such file"),
        (&scratch, "it is a directory, not a regular file"),
    ] {
        let error = daemons::redis().init(path).acquire().map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(reason), "{error}");
    }
}

/// What the server's program prints as a client.
fn consul(consul: &Instance<Consul>, args: &[&str]) -> String {
    let program = fs::read_link(format!("/proc/{}/exe", consul.pid())).unwrap();
    let mut command = std::process::Command::new(program);
    let output = command
        .envs(consul.variables())
        .args(args)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "consul {args:?}: {errors}");
    String::from_utf8(output.stdout).unwrap().trim_end().into()
}

#[test]
fn keys_that_consul_has_exported_are_those_of_each_test() {
    let scratch = scratch_directory("keys").unwrap();
    let source = daemons::consul().start().unwrap();
    for number in 0..100 {
        consul(&source, &["kv", "put", &format!("app/{number}"), "value"]);
    }
    consul(
        &source,
        &["kv", "put", "-flags=7", "app/colour", "red\n\"ä\""],
    );
    let file = scratch.join("keys.json");
    fs::write(&file, consul(&source, &["kv", "export", "app/"])).unwrap();
    let daemon = || daemons::consul().init(&file);
    let [one, other] = [(); 2].map(|()| daemon().acquire().unwrap());
    assert_eq!(one.pid(), other.pid());
    let get = |test: &Instance<Consul>, key: &str| {
        consul(test, &["kv", "get", &format!("{}{key}", test.prefix())])
    };
    assert_eq!(get(&one, "app/colour"), "red\n\"ä\"");
    consul(
        &one,
        &["kv", "put", &format!("{}app/colour", one.prefix()), "blue"],
    );
    assert_eq!(get(&one, "app/colour"), "blue");
    assert_eq!(get(&other, "app/colour"), "red\n\"ä\"");
    assert_eq!(get(&other, "app/99"), "value");
    let own = daemon().start().unwrap();
    assert_ne!(own.pid(), one.pid());
    assert_eq!(get(&own, "app/colour"), "red\n\"ä\"");
    fs::write(&file, "[{").unwrap();
    let error = daemon().acquire().map(drop).unwrap_err().to_string();
    assert!(
        error.contains("read what `consul kv export` has written"),
        "{error}"
    );
}
