//! What is kept where, and that it goes.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::MetadataExt;
use std::process::Command;

use fixtured_tests::{eventually, scratch_directory, supervisor_of, without_runner};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, geteuid};

use super::session::Session;
use super::{below, shared};

#[test]
fn line_16_the_password_of_an_existing_server_is_closed_and_goes() {
    let postgres = fixtured::Acquire::start(fixtured::daemons::postgres()).unwrap();
    let url = format!(
        "postgres://postgres:{}@127.0.0.1:{}/postgres",
        postgres.value("password"),
        postgres.port()
    );
    let dir = scratch_directory("existing").unwrap();
    let there = fs::canonicalize(&dir).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
    without_runner(&mut command);
    command
        .args(["shared", "postgres"])
        .env("FIXTURED_DIR", &*dir);
    command.env("FIXTURED_POSTGRES_URL", url);
    let session = Session::of(command).unwrap();
    let with_password: Vec<_> = below(&there)
        .into_iter()
        .filter(|path| path.is_file())
        .filter(|path| {
            let text = fs::read(path).unwrap();
            let text = String::from_utf8_lossy(&text);
            text.contains(postgres.value("password"))
        })
        .collect();
    assert_eq!(with_password, [session.own().join("existing")]);
    assert_eq!(
        fs::metadata(&with_password[0]).unwrap().mode() & 0o777,
        0o600
    );
    drop(session);
    eventually("it is gone", || (!with_password[0].exists()).then_some(()));
}

#[test]
fn line_18_nothing_is_left() {
    let dir = shared("left");
    drop(
        Session::start(
            &[("FIXTURED_DIR", dir.to_str().unwrap())],
            &["redis", "postgres"],
        )
        .unwrap(),
    );
    eventually("nothing is left", || {
        fs::read_dir(&dir).unwrap().next().is_none().then_some(())
    });
}

/// The segments of shared memory that a process has made.
fn segments(maker: u32) -> Vec<String> {
    let table = fs::read_to_string("/proc/sysvipc/shm").unwrap();
    let fields = table
        .lines()
        .skip(1)
        .map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ours = fields.filter(|fields| fields[4] == maker.to_string());
    ours.map(|fields| fields[1].to_owned()).collect()
}

/// A segment of shared memory whose maker is gone, until it is dropped.
struct Segment {
    id: String,
    maker: u32,
}

impl Segment {
    fn new() -> Self {
        let mut made = Command::new("ipcmk");
        let made = made
            .args(["--shmem", "4096"])
            .stdout(std::process::Stdio::piped());
        let made = made.spawn().unwrap();
        let maker = made.id();
        assert!(made.wait_with_output().unwrap().status.success());
        let id = segments(maker).pop().unwrap();
        Self { id, maker }
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        let _ = Command::new("ipcrm")
            .args(["--shmem-id", &self.id])
            .status();
    }
}

#[test]
fn lines_12_and_18_the_next_session_removes_what_a_dead_one_has_left_and_nothing_of_others() {
    let dir = shared("sweep");
    let variables = [("FIXTURED_DIR", dir.to_str().unwrap())];
    let mut dead = Session::start(&variables, &["postgres", "redis"]).unwrap();
    let own = dead.own();
    let left = [own.clone(), dead.dir(0), dead.dir(1)];
    let postgres = dead.pid(0);
    assert!(!segments(postgres).is_empty());
    let supervisor = supervisor_of(&own).unwrap();
    let signal = |pid: u32, signal| kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
    // It must not clean up when its server ends.
    signal(supervisor.pid, Signal::SIGSTOP);
    signal(postgres, Signal::SIGKILL);
    signal(supervisor.pid, Signal::SIGKILL);
    eventually("the supervisor is gone", || {
        (!supervisor.runs()).then_some(())
    });
    dead.end_runner();
    assert!(left.iter().all(|path| path.exists()) && !segments(postgres).is_empty());
    // Segments whose makers had the numbers of processes in the session's list: before the machine started anew, and later in time.
    let others = [Segment::new(), Segment::new()];
    let list = own.join("processes");
    let text = fs::read_to_string(&list).unwrap();
    let mut makers = OpenOptions::new().append(true).open(&list).unwrap();
    for (other, is_of_boot) in others.iter().zip([true, false]) {
        let mut maker: serde_json::Value =
            serde_json::from_str(text.lines().next().unwrap()).unwrap();
        assert!(maker["boot"].is_string() && maker["identity"]["started"].is_u64());
        maker["uid"] = geteuid().as_raw().into();
        maker["identity"]["pid"] = other.maker.into();
        match is_of_boot {
            true => maker["boot"] = "another".into(),
            false => maker["identity"]["started"] = (1_u64 << 40).into(),
        }
        writeln!(makers, "{maker}").unwrap();
    }
    let next = Session::start(&variables, &["redis"]).unwrap();
    eventually("what the dead session has left is gone", || {
        let gone = left.iter().all(|path| fs::symlink_metadata(path).is_err());
        (gone && segments(postgres).is_empty()).then_some(())
    });
    assert!(next.own().exists() && next.dir(0).exists());
    for other in &others {
        assert_eq!(segments(other.maker), [other.id.as_str()]);
    }
}
