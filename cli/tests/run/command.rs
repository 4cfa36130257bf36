//! A command between the start and the stop of its daemons.

use fixtured_tests::eventually;

use super::world::{World, printed};

#[test]
fn the_servers_own_clients_read_back_what_they_wrote() {
    let world = World::new("clients");
    for (daemon, script, wanted) in [
        (
            "postgresql",
            "psql -qAtc 'create table t as select 42 as n; select n from t'",
            "42",
        ),
        (
            "redis",
            "redis-cli -p $FIXTURED_REDIS_PORT set k v; redis-cli -u $FIXTURED_URL get k",
            "OK\nv",
        ),
        (
            "postgresql --tls",
            "psql -qAtc 'select version from pg_stat_ssl where pid = pg_backend_pid()'",
            "TLSv1.3",
        ),
        (
            "mariadb --tls",
            "mariadb --no-defaults -uroot -BNe \"show status like 'Ssl_version'\" --ssl-verify-server-cert --ssl-ca=$FIXTURED_MYSQL_SSL_CA",
            "Ssl_version\tTLSv1.3",
        ),
    ] {
        let mut command = world.fixtured(&format!("run {daemon} -- sh -c"));
        let output = command.arg(script).output().unwrap();
        assert_eq!(
            String::from_utf8_lossy(&output.stdout).trim(),
            wanted,
            "{}",
            printed(&output)
        );
        world.is_empty();
    }
}

#[test]
fn a_server_starts_from_a_file() {
    let world = World::new("seed");
    let file = world.directory.join("seed.redis");
    std::fs::write(&file, "SET stock 10\nRPUSH orders one two\n").unwrap();
    let file = file.display();
    for _ in 0..2 {
        let mut command = world.fixtured(&format!("run redis --init {file} -- sh -c"));
        let script =
            "redis-cli -u $FIXTURED_URL DECR stock; redis-cli -u $FIXTURED_URL LLEN orders";
        let output = command.arg(script).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert_eq!(text.trim(), "9\n2", "{}", printed(&output));
    }
    std::fs::write(world.directory.join("seed.redis"), "SET stock\n").unwrap();
    let output = world
        .fixtured(&format!("run redis --init {file} -- true"))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("seed.redis, line 1, failed"), "{text}");
    world.is_empty();
}

#[test]
fn what_is_not_there_yet_is_said_with_what_to_do() {
    let world = World::new("absent");
    let to_do = "to do:   use `tansu`, a broker with Kafka's API but without transactions\n";
    for words in [
        "run kafka",
        "run kafka --port 9092 -- true",
        "run redis+kafka -- true",
        "run redis + kafka -- true",
        "run redis+kafka -- redis+kafka",
        "install kafka",
        "doctor kafka",
    ] {
        let output = world.fixtured(words).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(1),
            "{words}: {}",
            printed(&output)
        );
        let said = String::from_utf8_lossy(&output.stderr);
        let wanted = format!("error: fixtured does not have `kafka` yet\n  {to_do}");
        assert_eq!(said, wanted, "{words}");
    }
    let mut pifpaf = world.command("pifpaf");
    let output = pifpaf.args(["run", "kafka", "true"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    let wanted = format!("ERROR [pifpaf] fixtured does not have `kafka` yet\n  {to_do}");
    assert_eq!(said, wanted);
    let output = world.fixtured("run elasticsearch").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("  to do:   start it as a program of your own"),
        "{said}"
    );
    world.is_empty();
}

#[test]
fn several_are_started_at_once_and_listed() {
    let world = World::new("several");
    let script = "echo $FIXTURED_URLS; echo $FIXTURED_REDIS_URL $FIXTURED_MEMCACHED_URL; echo $FIXTURED_DAEMON $FIXTURED_URL";
    for words in [
        "run redis+memcached -- sh -c",
        "run redis + memcached -- sh -c",
    ] {
        let output = world.fixtured(words).arg(script).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines: Vec<_> = text.lines().collect();
        let (redis, memcached) = lines[1].split_once(' ').unwrap();
        assert!(
            redis.starts_with("redis://") && memcached.starts_with("memcached://"),
            "{text}"
        );
        assert_eq!(lines[0], format!("{redis};{memcached}"));
        assert_eq!(lines[2], format!("memcached {memcached}"));
        world.is_empty();
    }
}

#[test]
fn runs_inside_each_other_extend_the_list() {
    let world = World::new("nested");
    let script = "echo $FIXTURED_URLS; echo $STORAGE_URL $INDEX_URL; echo $STORAGE_URLS; echo $ALL";
    let nested = "run -e STORAGE redis -- fixtured -e INDEX run memcached -- fixtured run redis -g ALL -- sh -c";
    let output = world.fixtured(nested).arg(script).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines: Vec<_> = text.lines().collect();
    let (storage, index) = lines[1].split_once(' ').unwrap();
    assert_eq!(
        lines[0],
        format!("{storage};{index}"),
        "{}",
        printed(&output)
    );
    assert_eq!(lines[2], storage);
    assert!(lines[3].starts_with("redis://") && !lines[3].contains(';'));
    world.is_empty();
}

#[test]
fn the_exit_code_is_the_commands() {
    let world = World::new("codes");
    for (words, script, wanted) in [
        ("run redis sh -c", "exit 7", 7),
        ("run redis -- sh -c", "kill -9 $$", 137),
        ("run redis -- sh -c", "kill -TERM $$", 143),
        ("run redis --", "no-such-command", 127),
        ("run redis --", "/etc/passwd", 126),
        ("run redis --port 0 --", "true", 2),
        ("run redis --prot 1 --", "true", 2),
        ("run --env-prefix=1X redis --", "true", 2),
        ("run redis+postgresql --port 7 --", "true", 2),
        ("run redis+redis --", "true", 2),
        ("run nothing --", "true", 2),
    ] {
        let output = world.fixtured(words).arg(script).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(wanted),
            "{words} {script}: {}",
            printed(&output)
        );
        let said = String::from_utf8_lossy(&output.stderr).contains("error:");
        assert_eq!(
            said,
            matches!(wanted, 2 | 126 | 127),
            "{}",
            printed(&output)
        );
        world.is_empty();
    }
}

#[test]
fn a_daemon_that_does_not_start_says_why() {
    let world = World::new("missing");
    let output = world
        .fixtured("run redis -- echo it ran")
        .env("FIXTURED_REDIS_BIN", "/nowhere")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8_lossy(&output.stderr),
        "error: cannot start `redis`: `redis-server` is not in /nowhere (FIXTURED_REDIS_BIN)\n  \
         install: apt install redis-server        (or: brew install redis)\n  \
         or:      unset FIXTURED_REDIS_BIN, or set it to /path/to/bin\n"
    );
    assert!(output.stdout.is_empty());
    world.is_empty();
    // Those that did start do not stay.
    let output = world
        .fixtured("run redis+memcached -- echo it ran")
        .env("FIXTURED_REDIS_BIN", "/nowhere")
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    world.is_empty();
}

#[test]
fn a_daemon_that_fails_shows_the_end_of_its_log() {
    let world = World::new("fails");
    let output = world
        .fixtured("run postgres --setting no_such_setting=1 -- true")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.starts_with(
            "error: `postgres` exited before it was ready: exit status 1\n  command: postgres "
        ),
        "{said}"
    );
    assert!(
        said.contains("\n  log:     last lines (--debug shows all)\n    | "),
        "{said}"
    );
    assert!(
        said.ends_with("unrecognized configuration parameter \"no_such_setting\"\n"),
        "{said}"
    );
    world.is_empty();
}

#[test]
fn a_daemon_that_dies_is_missed() {
    let world = World::new("dies");
    let script = "p=$(redis-cli -u $FIXTURED_URL info server | tr -d '\\r' | sed -n s/process_id://p); kill -9 $p; \
                  while kill -0 $p 2>/dev/null; do :; done";
    // Its supervisor learns it a moment later than the command.
    eventually("it is missed", || {
        let output = world
            .fixtured("run redis -q -- sh -c")
            .arg(script)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0));
        world.is_empty();
        let said = String::from_utf8_lossy(&output.stderr);
        (said == "error: `redis` died while the command ran: killed by SIGKILL\n").then_some(())
    });
}

#[test]
fn the_command_has_our_streams_and_its_words_are_its_own() {
    let world = World::new("streams");
    let script = "echo in | fixtured run redis -q -- sh -c 'cat; echo $1 $2 >&2; exit 3' -- --port '+'; echo $?";
    let text = world.shell("sh", &format!("exec 2>&1; {script}"));
    assert_eq!(text, "in\n--port +\n3\n");
}

#[test]
fn a_fixed_port_is_taken_and_free_again() {
    let world = World::new("port");
    let port = fixtured_tests::free_port();
    let text = world.shell(
        "sh",
        &format!("fixtured run memcached --port {port} -- sh -c 'echo $FIXTURED_MEMCACHED_PORT'"),
    );
    assert_eq!(text.trim(), port.to_string());
    assert!(std::net::TcpListener::bind(("127.0.0.1", port)).is_ok());
}

#[test]
fn a_dry_run_shows_what_would_be_run() {
    let world = World::new("dry");
    let output = world
        .fixtured("run redis --password s3cret --dry-run true")
        .output()
        .unwrap();
    let launch: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(launch["values"]["password"], "s3cret");
    assert!(
        !launch["processes"][0]["command"]
            .to_string()
            .contains("s3cret")
    );
    world.is_empty();
}

#[test]
fn messages_are_as_many_as_wanted() {
    let world = World::new("messages");
    let log = world.directory.join("log");
    let said = |options: &str| {
        let output = world
            .fixtured(&format!(
                "{options} run redis --log-file {} true",
                log.display()
            ))
            .output()
            .unwrap();
        assert!(output.stdout.is_empty());
        String::from_utf8(output.stderr).unwrap()
    };
    let usual = said("");
    assert!(
        usual.starts_with("redis is ready on port ") && usual.lines().count() == 1,
        "{usual}"
    );
    assert_eq!(std::fs::read_to_string(&log).unwrap(), usual);
    assert_eq!(said("--quiet"), "");
    assert!(said("--verbose").contains("redis://localhost:"));
    assert!(said("--debug").contains("redis | "), "{}", said("--debug"));
    assert!(said("--color always").contains("\x1b["));
}
