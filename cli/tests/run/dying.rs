//! Killed by every signal, in every phase: nothing is left.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Child;

use fixtured_tests::{alive, eventually, marked};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::world::World;

const SIGNALS: [Signal; 5] = [
    Signal::SIGINT,
    Signal::SIGTERM,
    Signal::SIGHUP,
    Signal::SIGQUIT,
    Signal::SIGKILL,
];

/// Sends the signal to the program alone, and says how it ended, as a shell would.
fn strike(child: &mut Child, signal: Signal) -> i32 {
    kill(Pid::from_raw(child.id().cast_signed()), signal).unwrap();
    let status = child.wait().unwrap();
    let killed = std::os::unix::process::ExitStatusExt::signal(&status);
    status.code().or(killed.map(|signal| 128 + signal)).unwrap()
}

/// A directory with one program, which is this script.
fn program(world: &World, name: &str, script: &str) -> std::path::PathBuf {
    let directory = world.directory.join("bin");
    fs::create_dir_all(&directory).unwrap();
    let path = directory.join(name);
    fs::write(&path, format!("#!/bin/bash\n{script}\n")).unwrap();
    for path in [&path, &directory] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    directory
}

#[test]
fn while_it_starts() {
    let world = World::new("dying-starting");
    let never_ready = program(&world, "redis-server", "exec sleep 1000");
    for background in [false, true] {
        for signal in SIGNALS {
            let mut command = world.fixtured(if background {
                "run redis"
            } else {
                "run redis+memcached -- true"
            });
            let mut child = command
                .env("FIXTURED_REDIS_BIN", &never_ready)
                .spawn()
                .unwrap();
            eventually("it starts", || {
                let ours = marked(world.data().to_str().unwrap());
                ours.iter()
                    .any(|process| process.command.starts_with("sleep 1000"))
                    .then_some(())
            });
            assert_eq!(strike(&mut child, signal), 128 + signal as i32);
            if signal == Signal::SIGKILL {
                world.becomes_empty();
            }
            world.is_empty();
        }
    }
}

#[test]
fn while_the_command_runs() {
    let world = World::new("dying-running");
    let running = world.directory.join("running");
    for signal in SIGNALS {
        let mut command = world.fixtured("run redis+memcached -- sh -c");
        let mut child = command
            .arg(format!(
                "echo $$ > {}.new; mv {0}.new {0}; exec sleep 1000",
                running.display()
            ))
            .spawn()
            .unwrap();
        let (pid, _) = eventually("it runs", || fs::read_to_string(&running).ok());
        assert_eq!(strike(&mut child, signal), 128 + signal as i32);
        if signal == Signal::SIGKILL {
            world.becomes_empty();
        }
        world.is_empty();
        eventually("the command has ended", || {
            (!alive(pid.trim().parse().unwrap())).then_some(())
        });
        fs::remove_file(&running).unwrap();
    }
}

#[test]
fn a_command_may_survive_what_is_handed_on() {
    let world = World::new("dying-surviving");
    let running = world.directory.join("running");
    let script = format!(
        "trap 'echo got it; exit 5' TERM; touch {}; while :; do sleep 0.01; done",
        running.display()
    );
    let mut child = world
        .fixtured("run redis -- sh -c")
        .arg(script)
        .spawn()
        .unwrap();
    eventually("it runs", || running.exists().then_some(()));
    assert_eq!(strike(&mut child, Signal::SIGTERM), 5);
    world.is_empty();
}

#[test]
fn while_it_stops() {
    let world = World::new("dying-stopping");
    let stopping = world.directory.join("stopping");
    // The server puts off its end.
    let slow = program(
        &world,
        "postgres",
        &format!(
            "trap 'echo > {}; sleep 0.5; kill -QUIT $pid; wait' QUIT\n\
             \"$(ls -d /usr/lib/postgresql/*/bin | tail -1)/postgres\" \"$@\" & pid=$!\nwait $pid\nwait",
            stopping.display()
        ),
    );
    let real = fs::read_dir("/usr/lib/postgresql")
        .unwrap()
        .flatten()
        .last()
        .unwrap();
    symlink(real.path().join("bin/initdb"), slow.join("initdb")).unwrap();
    for signal in SIGNALS {
        fs::write(&stopping, "not yet").unwrap();
        fs::set_permissions(&stopping, fs::Permissions::from_mode(0o666)).unwrap();
        let mut command = world.fixtured("run postgres -- sh -c");
        let mut child = command
            .arg("exit 4")
            .env("FIXTURED_POSTGRES_BIN", &slow)
            .spawn()
            .unwrap();
        eventually("it stops", || {
            (fs::read_to_string(&stopping).unwrap() == "\n").then_some(())
        });
        let wanted = if signal == Signal::SIGKILL { 137 } else { 4 };
        assert_eq!(strike(&mut child, signal), wanted);
        if signal == Signal::SIGKILL {
            world.becomes_empty();
        }
        world.is_empty();
    }
}

#[test]
fn what_is_ignored_stays_ignored() {
    let world = World::new("dying-nohup");
    let running = world.directory.join("running");
    let script = format!(
        "touch {}; grep SigIgn /proc/self/status; read line; echo $line",
        running.display()
    );
    let mut child = world.fixtured("run redis -- sh -c");
    let child = child.arg(script);
    let mut nohup = world.command("sh");
    nohup
        .args(["-c", "trap '' HUP; exec \"$@\"", "sh"])
        .arg(child.get_program())
        .args(child.get_args());
    let mut child = nohup
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    eventually("it runs", || running.exists().then_some(()));
    kill(Pid::from_raw(child.id().cast_signed()), Signal::SIGHUP).unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"still here\n").unwrap();
    let output = child.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.ends_with("still here\n") && text.contains("1\n"),
        "{text}"
    );
    world.is_empty();
}
