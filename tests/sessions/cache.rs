//! The cache is a help and never a need: what becomes of starts, of one or many, whatever it is like.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

use fixtured_tests::{Scratch, eventually, scratch_directory, without_runner};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

/// A cache, and a place where it is noted what was made.
struct World(Scratch);

impl World {
    fn new(name: &str) -> Self {
        let world = Self(scratch_directory(name).unwrap());
        fs::create_dir(world.0.join("cache")).unwrap();
        world.go();
        world
    }

    /// Lets those go on who make something.
    fn go(&self) {
        fs::write(self.0.join("go"), "").unwrap();
    }

    /// Starts servers in a session of their own.
    fn starting(&self, count: usize, environment: &[(&str, &Path)]) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_made"));
        without_runner(&mut command);
        command.arg(&*self.0).arg(count.to_string());
        command.env("XDG_CACHE_HOME", self.0.join("cache"));
        for (name, value) in environment {
            if *name == "HOME" {
                command.env_remove("XDG_CACHE_HOME");
            }
            command.env(name, value);
        }
        command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Starts one, and returns what it said on standard error.
    #[track_caller]
    fn start(&self, environment: &[(&str, &Path)]) -> String {
        good(self.starting(1, environment).wait_with_output().unwrap())
    }

    /// How often data was made.
    fn made(&self) -> usize {
        let made = fs::read_to_string(self.0.join("made")).unwrap_or_default();
        made.lines().count()
    }

    /// The template, when it has come to its place.
    fn template(&self) -> PathBuf {
        eventually("it is in the cache", || {
            let entries = fs::read_dir(self.0.join("cache/fixtured")).ok()?;
            let paths = entries.flatten().map(|entry| entry.path());
            paths
                .into_iter()
                .find(|path| path.extension().is_none() && path.join("manifest").exists())
        })
        .0
    }
}

#[track_caller]
fn good(output: Output) -> String {
    let said = String::from_utf8(output.stderr).unwrap();
    let out = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{out}{said}");
    said
}

#[test]
fn a_server_starts_whatever_the_cache_is_like() {
    let world = World::new("any-cache");
    let [file, closed, open] = ["file", "closed", "open"].map(|name| world.0.join(name));
    fs::write(&file, "").unwrap();
    fs::create_dir(&closed).unwrap();
    fs::create_dir(&open).unwrap();
    fs::set_permissions(&open, fs::Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    let mut rows: Vec<(&str, &Path, &str)> = vec![
        (
            "HOME",
            Path::new("/nonexistent"),
            "`/nonexistent` (HOME) does not exist",
        ),
        (
            "XDG_CACHE_HOME",
            Path::new("/proc/nowhere"),
            "cannot create `/proc/nowhere`",
        ),
        ("XDG_CACHE_HOME", &file, "Not a directory"),
        ("XDG_CACHE_HOME", &open, "others can write to `"),
    ];
    if !geteuid().is_root() {
        rows.push(("HOME", &closed, "Permission denied"));
    }
    for (number, (variable, value, why)) in rows.into_iter().enumerate() {
        let said = world.start(&[(variable, value)]);
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            said.starts_with("fixtured: no cache, so data is prepared"),
            "{said}"
        );
        assert!(said.contains(why), "{why}: {said}");
        assert_eq!(world.made(), number + 1);
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn it_is_said_once_in_a_session() {
    let world = World::new("said-once");
    let started = world.starting(5, &[("XDG_CACHE_HOME", Path::new("/proc/nowhere"))]);
    let said = good(started.wait_with_output().unwrap());
    assert_eq!((said.lines().count(), world.made()), (1, 5), "{said}");
}

/// Mounts a file system for a test, and takes it away after it.
struct Mounted(PathBuf);

impl Mounted {
    fn new(path: &Path, options: &[&str]) -> Option<Self> {
        fs::create_dir_all(path).unwrap();
        let mount = Command::new("mount").args(options).arg(path).output();
        let mounted = geteuid().is_root() && mount.is_ok_and(|mount| mount.status.success());
        if !mounted {
            eprintln!("NOT RUN: only root can mount");
        }
        mounted.then(|| Self(path.into()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_full_cache_is_none() {
    let world = World::new("full");
    let options = ["-t", "tmpfs", "-o", "size=16k,mode=700", "none"];
    let Some(mounted) = Mounted::new(&world.0.join("small"), &options) else {
        return;
    };
    for made in 1..3 {
        let said = world.start(&[("XDG_CACHE_HOME", &mounted.0)]);
        assert!(
            said.contains("is not kept in the cache: cannot fill "),
            "{said}"
        );
        assert!(said.contains("No space left on device"), "{said}");
        assert_eq!(world.made(), made);
        let left = fs::read_dir(mounted.0.join("fixtured")).unwrap();
        assert_eq!(left.flatten().filter(|it| it.path().is_dir()).count(), 0);
    }
}

#[test]
fn a_cache_that_can_only_be_read_is_used_as_far_as_it_goes() {
    let world = World::new("read-only");
    let small = world.0.join("small");
    let options = ["-t", "tmpfs", "-o", "mode=700", "none"];
    let Some(mounted) = Mounted::new(&small, &options) else {
        return;
    };
    world.start(&[("XDG_CACHE_HOME", &mounted.0)]);
    let remount = |how: &str| {
        let mount = Command::new("mount").args(["-o", how]).arg(&small).status();
        assert!(mount.unwrap().success());
    };
    remount("remount,ro");
    assert_eq!(world.start(&[("XDG_CACHE_HOME", &mounted.0)]), "");
    assert_eq!(world.made(), 1);
    remount("remount,rw");
    fs::remove_dir_all(small.join("fixtured")).unwrap();
    remount("remount,ro");
    let said = world.start(&[("XDG_CACHE_HOME", &mounted.0)]);
    assert!(said.contains("Read-only file system"), "{said}");
    assert_eq!(world.made(), 2);
}

#[test]
fn what_a_server_does_not_start_with_is_thrown_away() {
    let world = World::new("distrusted");
    world.start(&[]);
    let template = world.template();
    // It has the size and the time that it should have.
    let file = template.join("data/last");
    let time = fs::metadata(&file).unwrap().modified().unwrap();
    fs::write(&file, "lost\n").unwrap();
    File::options()
        .write(true)
        .open(&file)
        .unwrap()
        .set_modified(time)
        .unwrap();
    let said = world.start(&[]);
    let wanted = format!(
        "fixtured: `made` did not start with the cached data `{}`, which was removed; it started without it\n",
        template.display()
    );
    assert_eq!((said, world.made()), (wanted, 2));
    assert!(!template.exists());
    assert_eq!((world.start(&[]), world.made()), (String::new(), 3));
    assert_eq!((world.start(&[]), world.made()), (String::new(), 3));
}

#[test]
fn many_make_it_once() {
    let world = World::new("many-make");
    let starting: Vec<_> = (0..6).map(|_| world.starting(4, &[])).collect();
    for child in starting {
        assert_eq!(good(child.wait_with_output().unwrap()), "");
    }
    assert_eq!(world.made(), 1);
}

#[test]
fn who_is_killed_while_making_it_leaves_it_to_the_next() {
    let world = World::new("killed");
    fs::remove_file(world.0.join("go")).unwrap();
    let mut first = world.starting(1, &[]);
    eventually("it is half made", || (world.made() == 1).then_some(()));
    let others: Vec<_> = (0..3).map(|_| world.starting(2, &[])).collect();
    // The end of the client is the end of its start.
    kill(Pid::from_raw(first.id().cast_signed()), Signal::SIGKILL).unwrap();
    first.wait().unwrap();
    world.go();
    for child in others {
        assert_eq!(good(child.wait_with_output().unwrap()), "");
    }
    assert_eq!(world.made(), 2);
}

#[test]
fn what_is_thrown_away_meanwhile_does_no_harm() {
    let world = World::new("meanwhile");
    let environment = [("XDG_CACHE_HOME".into(), world.0.join("cache").into())];
    let environment = environment.into();
    thread::scope(|scope| {
        let starting = scope.spawn(|| {
            for _ in 0..4 {
                let starting: Vec<_> = (0..3).map(|_| world.starting(3, &[])).collect();
                for child in starting {
                    assert_eq!(good(child.wait_with_output().unwrap()), "");
                }
            }
        });
        let mut removed = 0;
        while !starting.is_finished() {
            let cleaned = fixtured::__command_line::clean(&environment, false).unwrap();
            removed += cleaned.removed.len();
        }
        starting.join().unwrap();
        assert!(removed > 0 && world.made() > 1);
    });
}

/// Damages a cluster.
type Damage = fn(&Path);

#[test]
fn a_damaged_cluster_is_made_again() {
    let world = World::new("cluster");
    let damages: [(&str, Damage); 4] = [
        (
            "`global/pg_control` has 100 bytes instead of 8192",
            |data| {
                let control = File::options()
                    .write(true)
                    .open(data.join("global/pg_control"));
                control.unwrap().set_len(100).unwrap();
            },
        ),
        ("`base/5", |data| {
            fs::remove_dir_all(data.join("base/5")).unwrap();
        }),
        ("No such file or directory", |data| {
            fs::remove_dir_all(data).unwrap();
            fs::create_dir(data).unwrap();
        }),
        // Only the server notices this.
        ("`postgres` did not start with the cached data", |data| {
            let control = data.join("global/pg_control");
            let time = fs::metadata(&control).unwrap().modified().unwrap();
            fs::write(&control, [7; 8192]).unwrap();
            let control = File::options().write(true).open(&control).unwrap();
            control.set_modified(time).unwrap();
        }),
    ];
    let start = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        without_runner(&mut command);
        command.args(["own", "postgres"]).stdin(Stdio::null());
        command.env("XDG_CACHE_HOME", world.0.join("cache"));
        good(command.output().unwrap())
    };
    assert_eq!(start(), "");
    for (wanted, damage) in damages {
        damage(&world.template().join("data"));
        let said = start();
        assert_eq!(said.lines().count(), 1, "{said}");
        assert!(
            said.contains(wanted) && said.contains("/cache/fixtured/"),
            "{said}"
        );
        // The server itself may have to be prepared once more.
        start();
        assert_eq!(start(), "");
    }
}

#[test]
fn root_uses_nothing_in_the_home_of_another_user() {
    if !geteuid().is_root() {
        eprintln!("NOT RUN: only root can be in the home of another user");
        return;
    }
    let world = World::new("other-home");
    fs::set_permissions(&*world.0, fs::Permissions::from_mode(0o755)).unwrap();
    let home = world.0.join("home");
    let planted = home.join(".local/share/fixtured/redis/bin/redis-server");
    fs::create_dir_all(planted.parent().unwrap()).unwrap();
    let script = format!("#!/bin/sh\ntouch {}\n", world.0.join("victim").display());
    fs::write(&planted, script).unwrap();
    fs::set_permissions(&planted, fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::chown(&home, Some(65534), Some(65534)).unwrap();
    for variable in ["HOME", "XDG_CACHE_HOME"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
        without_runner(&mut command);
        command
            .args(["own", "redis", "postgres"])
            .stdin(Stdio::null());
        command.env_remove("XDG_CACHE_HOME").env(variable, &home);
        let said = good(command.output().unwrap());
        let wanted = match variable {
            "HOME" => String::new(),
            _ => format!("`{}` belongs to nobody\n", home.display()),
        };
        assert!(said.ends_with(&wanted), "{said}");
        assert!(!world.0.join("victim").exists());
        assert_eq!(fs::read_dir(&home).unwrap().count(), 1);
    }
}

#[test]
fn a_file_system_without_locks_has_no_cache() {
    if !Command::new("strace")
        .arg("-V")
        .output()
        .is_ok_and(|strace| strace.status.success())
    {
        eprintln!("NOT RUN: without strace, nothing refuses locks");
        return;
    }
    let world = World::new("no-locks");
    world.start(&[]);
    let template = world.template();
    // Who copies it, and who makes it.
    for locked in [template.join("manifest"), template.with_extension("lock")] {
        for errno in ["ENOLCK", "EOPNOTSUPP"] {
            let mut strace = Command::new("strace");
            without_runner(&mut strace);
            strace.args(["-f", "-q", "-o", "/dev/null", "-e", "trace=flock", "-P"]);
            strace
                .arg(&locked)
                .args(["-e", &format!("inject=flock:error={errno}")]);
            strace
                .arg(env!("CARGO_BIN_EXE_made"))
                .arg(&*world.0)
                .arg("1");
            let strace = strace.env("XDG_CACHE_HOME", world.0.join("cache")).output();
            let said = good(strace.unwrap());
            assert_eq!(said.lines().count(), 1, "{said}");
            assert!(said.contains("no cache") && said.contains(errno), "{said}");
        }
        let _ = fs::remove_dir_all(&template);
    }
    assert_eq!(world.made(), 5);
}
