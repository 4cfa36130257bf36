//! `fixtured install`, with clients that only note what they are asked for. Real ones are used by hand, since they want a network.

use std::fs;
use std::path::Path;
use std::process::Command;

use fixtured_tests::scratch_directory;

use super::{fixtured, of, program};

/// The program with a home and a `PATH` of its own, on which are these clients and what scripts need.
fn inside(scratch: &Path, clients: &[(&str, &str)], args: &[&str]) -> Command {
    let bin = scratch.join("bin");
    fs::create_dir_all(&bin).unwrap();
    for tool in ["sh", "env", "mkdir", "touch", "chmod", "cat"] {
        let found = ["/usr/bin", "/bin"].map(|place| Path::new(place).join(tool));
        let found = found.iter().find(|file| file.exists()).unwrap();
        let _ = std::os::unix::fs::symlink(found, bin.join(tool));
    }
    for (client, script) in clients {
        program(&bin.join(client), script);
    }
    let mut command = fixtured(args);
    command.env("PATH", bin).env("HOME", scratch);
    command
}

/// Knows a package, as apt does.
const KNOWN: &str = "echo '  Candidate: 1.0'";

/// Notes its arguments, and puts a program where npm would.
const NPM: &str = r#"echo "npm $*" >>"$HOME/asked"
mkdir -p "$3/node_modules/.bin"
echo '#!/bin/sh' >"$3/node_modules/.bin/s3rver"
chmod +x "$3/node_modules/.bin/s3rver""#;

#[test]
fn what_is_missing_is_installed_once_and_then_found() {
    let scratch = scratch_directory("npm").unwrap();
    let install = || {
        of(&mut inside(
            &scratch,
            &[("npm", NPM)],
            &["install", "s3rver"],
        ))
    };
    let first = install();
    let directory = scratch.join(".local/share/fixtured/s3rver");
    let npm = format!("npm install --prefix {} --no-audit", directory.display());
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(
        first.stderr.starts_with(&format!("$ {npm}")),
        "{}",
        first.stderr
    );
    assert!(
        first.stderr.ends_with("s3rver is installed\n"),
        "{}",
        first.stderr
    );
    assert_eq!(first.stdout, "");
    assert_eq!(install().stderr, "nothing is missing\n");
    let asked = fs::read_to_string(scratch.join("asked")).unwrap();
    assert!(
        asked.starts_with(&npm) && asked.trim().ends_with(" s3rver@3.7.1"),
        "{asked}"
    );
    assert_eq!(asked.lines().count(), 1);

    // Another version than the one that is known to work, or one that was not finished.
    fs::write(directory.join("pins"), "s3rver@1.0.0\n").unwrap();
    assert_eq!(install().code, 0);
    let asked = fs::read_to_string(scratch.join("asked")).unwrap();
    assert_eq!(asked.lines().count(), 2);
}

#[test]
fn a_client_that_fails_leaves_nothing_that_would_be_found() {
    let scratch = scratch_directory("fails").unwrap();
    let npm = format!("{NPM}\necho 'no network' >&2; exit 7");
    let said = of(&mut inside(
        &scratch,
        &[("npm", &npm)],
        &["install", "s3rver"],
    ));
    assert_eq!(said.code, 1);
    assert!(said.stderr.contains("no network\n"), "{}", said.stderr);
    assert!(
        said.stderr.contains("failed: exit status: 7"),
        "{}",
        said.stderr
    );
    assert!(!scratch.join(".local/share/fixtured/s3rver").exists());
}

#[test]
fn an_interrupted_one_leaves_nothing_either() {
    let scratch = scratch_directory("interrupted").unwrap();
    // As a key does on a terminal.
    let npm = format!("{NPM}\nkill -INT $PPID; kill -INT $$");
    let said = of(&mut inside(
        &scratch,
        &[("npm", &npm)],
        &["install", "s3rver"],
    ));
    assert_eq!(said.code, 130, "{}", said.stderr);
    assert!(scratch.join("asked").exists());
    assert!(!scratch.join(".local/share/fixtured/s3rver").exists());
}

#[test]
fn a_dry_run_prints_what_a_shell_takes_and_does_nothing() {
    let scratch = scratch_directory("dry").unwrap();
    let clients = [
        ("apt-get", "exit 1"),
        ("apt-cache", KNOWN),
        ("cargo", "exit 1"),
    ];
    let args = ["install", "--dry-run", "s3", "gnocchi"];
    let said = of(&mut inside(&scratch, &clients, &args));
    let root = if nix::unistd::geteuid().is_root() {
        ""
    } else {
        "sudo "
    };
    let home = scratch.display();
    let lines: Vec<_> = said.stdout.lines().collect();
    assert_eq!(said.code, 0, "{}", said.stderr);
    // Gnocchi's pip needs what makes environments, which Debian has in a package.
    let apt =
        format!("{root}env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=900");
    let packages = lines[0].strip_prefix(&format!("{apt} install --yes --no-install-recommends "));
    let packages: Vec<_> = packages.unwrap_or(lines[0]).split(' ').collect();
    assert!(packages.contains(&"python3-venv"), "{packages:?}");
    assert_eq!(
        lines[1],
        format!(
            "cargo install --locked --root {home}/.local/share/fixtured/s3 s3s-fs@0.14.1 --features binary"
        )
    );
    assert!(
        lines[3].contains("'gnocchi[mysql,redis,s3,swift]==4.7.1'"),
        "{}",
        lines[3]
    );
    assert!(!scratch.join(".local").exists());
}

#[test]
fn apt_is_not_asked_without_root() {
    let scratch = scratch_directory("user").unwrap();
    let clients = [("apt-get", "exit 1"), ("apt-cache", KNOWN)];
    let mut command = inside(&scratch, &clients, &["install", "--user", "redis"]);
    let said = of(command.env("FIXTURED_REDIS_BIN", "/nowhere"));
    assert_eq!(said.code, 1);
    assert_eq!(
        said.stderr,
        "error: `redis` comes from apt, which installs system-wide and needs root: run without `--user`\n"
    );
}

#[test]
fn a_machine_without_clients_is_told_which_there_are() {
    let scratch = scratch_directory("none").unwrap();
    let said = of(&mut inside(&scratch, &[], &["install", "s3rver"]));
    assert_eq!(said.code, 1);
    assert_eq!(
        said.stderr,
        "error: `s3rver` comes from npm, which is not installed\n"
    );
}

#[test]
fn apt_looks_again_for_what_it_does_not_know() {
    let scratch = scratch_directory("unknown").unwrap();
    let clients = [
        ("apt-get", "exit 1"),
        ("apt-cache", "echo '  Candidate: (none)'"),
    ];
    let with = |args: &[&str]| {
        let mut command = inside(&scratch, &clients, args);
        of(command.env("FIXTURED_REDIS_BIN", "/nowhere"))
    };
    let plan = with(&["install", "--dry-run", "redis"]).stdout;
    let commands: Vec<_> = plan.lines().collect();
    assert!(commands[0].ends_with(" update"), "{plan}");
    assert!(commands[1].ends_with(" redis-server"), "{plan}");
    let doctor = with(&["doctor", "redis"]).stdout;
    let note = "(apt install redis-server, not in the package lists of apt yet)\n";
    assert!(doctor.ends_with(note), "{doctor}");
}
