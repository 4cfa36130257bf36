//! Without a command: variables for the shell, and a function that takes everything back.

use std::fs;
use std::path::Path;

use fixtured_tests::{alive, eventually};

use super::world::World;

/// The shells of POSIX syntax, and how each calls for what the program prints.
const SHELLS: [(&str, &str); 6] = [
    ("bash", "eval \"$(fixtured run ARGS)\""),
    ("bash", "eval `fixtured run ARGS`"),
    ("dash", "eval \"$(fixtured run ARGS)\""),
    ("dash", "eval `fixtured run ARGS`"),
    ("zsh", "eval \"$(fixtured run ARGS)\""),
    ("zsh", "eval `fixtured run ARGS`"),
];

#[test]
fn the_shell_has_a_server_until_it_stops_it() {
    let world = World::new("shell");
    for (shell, eval) in SHELLS {
        let script = format!(
            "set -eu; PS1='$ '; {}; echo \"$PS1\"; redis-cli -p $FIXTURED_REDIS_PORT set k v; redis-cli -u $FIXTURED_URL get k; \
             echo $FIXTURED_PID $FIXTURED_DATA $FIXTURED_REDIS_PORT $FIXTURED_SESSION; fixtured_stop; echo \"$PS1\"; env | grep FIXTURED_ || true; \
             command -v fixtured_stop || echo gone",
            eval.replace("ARGS", "redis")
        );
        let text = world.shell(shell, &script);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(
            lines[..3],
            ["(fixtured/redis) $ ", "OK", "v"],
            "{shell} {eval}"
        );
        let [pid, data, port, session] = lines[3].split(' ').collect::<Vec<_>>()[..] else {
            panic!("{text}");
        };
        assert_eq!(pid, session);
        assert!(
            !alive(pid.parse().unwrap()) && !Path::new(data).exists(),
            "{shell}"
        );
        assert!(std::net::TcpListener::bind(format!("127.0.0.1:{port}")).is_ok());
        let data = format!("FIXTURED_DIR={}", world.data().display());
        assert_eq!(lines[4..], ["$ ", &data, "gone"], "{shell} {eval}");
        world.is_empty();
    }
}

#[test]
fn fish_has_a_syntax_of_its_own() {
    let world = World::new("fish");
    let script = "fixtured run redis --shell fish | source; redis-cli -u $FIXTURED_URL ping; \
                  fixtured_stop; set -q FIXTURED_PID; or echo unset; functions -q fixtured_stop; or echo gone";
    assert_eq!(world.shell("fish", script), "PONG\nunset\ngone\n");
    world.is_empty();
}

#[test]
fn passwords_work_in_every_shell() {
    let world = World::new("quoting");
    // What a password may be; Redis is told it in its file.
    for nasty in [
        "a\"b$HOME`id`\\c'd e",
        "$(id)!!~*?[a]",
        "\\",
        "a\nb",
        "%n\\n\\0",
    ] {
        for shell in ["bash", "dash", "zsh", "fish"] {
            let eval = match shell {
                "fish" => "fixtured run redis --shell fish --password \"$NASTY\" | source",
                _ => "eval \"$(fixtured run redis --password \"$NASTY\")\"",
            };
            let script = format!(
                "{eval}; REDISCLI_AUTH=\"$NASTY\" redis-cli -p $FIXTURED_REDIS_PORT ping; fixtured_stop"
            );
            let output = world
                .command(shell)
                .args(["-c", &script])
                .env("NASTY", nasty)
                .output()
                .unwrap();
            assert_eq!(
                String::from_utf8_lossy(&output.stdout).lines().next(),
                Some("PONG"),
                "{shell} {nasty:?} {output:?}"
            );
        }
    }
    world.is_empty();
}

#[test]
fn what_was_exported_before_comes_back_as_it_was() {
    let world = World::new("before");
    let before = "a\"b$HOME`id`\\c\n'd'  e*";
    for (shell, eval) in SHELLS.iter().filter(|(_, eval)| eval.contains('"')) {
        let script = format!(
            "{}; fixtured_stop; printf %s \"$FIXTURED_DATA\"",
            eval.replace("ARGS", "redis")
        );
        let output = world
            .command(shell)
            .args(["-c", &script])
            .env("FIXTURED_DATA", before)
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), before, "{shell}");
    }
    let script =
        "fixtured run redis --shell fish | source; fixtured_stop; printf %s \"$FIXTURED_DATA\"";
    let output = world
        .command("fish")
        .args(["-c", script])
        .env("FIXTURED_DATA", before)
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), before);
    world.is_empty();
}

#[test]
fn two_prefixes_are_two_daemons() {
    let world = World::new("prefixes");
    let script = "eval \"$(fixtured run redis -e STORAGE)\"; eval \"$(fixtured -e INDEX run memcached)\"; echo $FIXTURED_URLS; echo $STORAGE_URL $INDEX_URL; \
                  echo $FIXTURED_PID $INDEX_PID; index_stop; echo $FIXTURED_URLS; redis-cli -u $STORAGE_URL ping; storage_stop; echo \"[${FIXTURED_URLS-}${FIXTURED_PID-}]\"";
    let text = world.shell("bash", script);
    let lines: Vec<_> = text.lines().collect();
    let (storage, index) = lines[1].split_once(' ').unwrap();
    assert_eq!(lines[0], format!("{storage};{index}"));
    let (pid, of_index) = lines[2].split_once(' ').unwrap();
    assert_eq!(pid, of_index);
    assert_eq!(lines[3..], [storage, "PONG", "[]"]);
    world.is_empty();
}

#[test]
fn killing_the_process_ends_everything() {
    let world = World::new("kill");
    for signal in ["TERM", "INT", "HUP", "QUIT", "KILL"] {
        let text = world.shell(
            "sh",
            "eval \"$(fixtured run redis+memcached)\"; echo $FIXTURED_PID",
        );
        assert!(!world.left().is_empty());
        world.shell("sh", &format!("kill -{signal} {}", text.trim()));
        eventually("it ends", || {
            (!alive(text.trim().parse().unwrap())).then_some(())
        });
        if signal == "KILL" {
            world.becomes_empty();
        }
        world.is_empty();
    }
}

#[test]
fn a_server_nobody_is_told_of_is_ended() {
    let world = World::new("unread");
    let output = world
        .command("bash")
        .args(["-c", "fixtured run redis > /dev/full; echo $?"])
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1\n");
    world.becomes_empty();
}

#[test]
fn stopping_what_is_gone_takes_the_variables_back() {
    let world = World::new("gone");
    let script = "eval \"$(fixtured run redis)\"; kill -9 $FIXTURED_PID; fixtured_stop; echo \"[${FIXTURED_PID-}]\"; fixtured_stop 2>/dev/null || echo none";
    assert_eq!(world.shell("bash", script), "[]\nnone\n");
    world.becomes_empty();
    assert!(fs::read_dir(world.data()).unwrap().next().is_none());
}
