//! Called as pifpaf: its documented examples give its documented variables.

use std::fs::File;

use nix::fcntl::{Flock, FlockArg};

use super::world::{World, printed};

/// As pifpaf, daemons have fixed ports; so one test has them at a time.
pub(crate) fn alone() -> Flock<File> {
    let file = File::create(std::env::temp_dir().join(format!(
        "fixtured-test-fixed-ports-{}",
        nix::unistd::geteuid()
    )))
    .unwrap();
    Flock::lock(file, FlockArg::LockExclusive).unwrap()
}

#[test]
fn the_example_for_the_shell() {
    let _alone = alone();
    let world = World::new("pifpaf-shell");
    for shell in ["bash", "dash", "zsh"] {
        let script = "eval `pifpaf run memcached`; env | grep PIFPAF | sort | grep -v -e DATA -e PIFPAF_PID -e PS1; test -n \"$PIFPAF_PID$PIFPAF_DATA\"; \
                      pifpaf_stop; env | grep PIFPAF || true";
        assert_eq!(
            world.shell(shell, script),
            "PIFPAF_DAEMON=memcached\nPIFPAF_MEMCACHED_PORT=11212\nPIFPAF_MEMCACHED_URL=memcached://localhost:11212\n\
             PIFPAF_URL=memcached://localhost:11212\nPIFPAF_URLS=memcached://localhost:11212\n",
            "{shell}"
        );
        world.is_empty();
    }
}

#[test]
fn the_example_of_runs_inside_each_other() {
    let _alone = alone();
    let world = World::new("pifpaf-nested");
    let script = "env | grep -e ^STORAGE -e ^INDEX | sed 's/=.*//' | sort; echo $STORAGE_URL; echo $INDEX_URL; echo $PIFPAF_URLS";
    let mut command = world.command("pifpaf");
    command.args(
        "--env-prefix STORAGE run memcached -- pifpaf --env-prefix INDEX run postgresql --"
            .split(' '),
    );
    let output = command.args(["sh", "-c", script]).output().unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let documented = [
        "INDEX_DAEMON",
        "INDEX_DATA",
        "INDEX_PID",
        "INDEX_POSTGRESQL_URL",
        "INDEX_URL",
        "STORAGE_DAEMON",
        "STORAGE_DATA",
        "STORAGE_MEMCACHED_PORT",
        "STORAGE_MEMCACHED_URL",
        "STORAGE_PID",
        "STORAGE_URL",
    ];
    for name in documented {
        assert!(
            text.lines().any(|line| line == name),
            "{name}: {}",
            printed(&output)
        );
    }
    let urls: Vec<_> = text.lines().rev().take(3).collect();
    assert_eq!(urls[0], format!("{};{}", urls[2], urls[1]));
    assert_eq!(urls[2], "memcached://localhost:11212");
    assert!(
        urls[1].starts_with("postgresql://") && urls[1].contains("9824"),
        "{}",
        urls[1]
    );
    world.is_empty();
}

#[test]
fn the_variable_for_urls_has_the_name_that_is_given() {
    let _alone = alone();
    let world = World::new("pifpaf-urls");
    for words in ["-g ALL run memcached", "run -g ALL memcached"] {
        let script = format!("pifpaf {words} -- sh -c 'echo $ALL; echo [$PIFPAF_URLS]'");
        assert_eq!(
            world.shell("sh", &script),
            "memcached://localhost:11212\n[]\n"
        );
    }
}

#[test]
fn psql_finds_the_server() {
    let _alone = alone();
    let world = World::new("pifpaf-psql");
    let script = "pifpaf run postgresql -- psql template1 -qAtc 'show port'";
    assert_eq!(world.shell("sh", script), "9824\n");
    world.is_empty();
}

#[test]
fn a_missing_program_is_told_in_its_words() {
    let _alone = alone();
    let world = World::new("pifpaf-missing");
    let output = world
        .command("pifpaf")
        .args(["run", "redis", "true"])
        .env("FIXTURED_REDIS_BIN", "/nowhere")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    let first = said.lines().next().unwrap();
    assert!(
        first.starts_with("ERROR [pifpaf] Unable to run command `redis-server ")
            && first.ends_with("': [Errno 2] No such file or directory: 'redis-server'"),
        "{said}"
    );
    world.is_empty();
}

#[test]
fn it_says_as_little() {
    let _alone = alone();
    let world = World::new("pifpaf-quiet");
    let text = world.shell("sh", "exec 2>&1; pifpaf run memcached true; pifpaf --verbose run memcached true 2>&1 | cut -d' ' -f1-2 | sort -u; pifpaf list");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("INFO [pifpaf]"), "{text}");
    assert!(lines.any(|line| line == "memcached"));
}
