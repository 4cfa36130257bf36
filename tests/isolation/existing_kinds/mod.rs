//! What tests get in existing servers of each kind.

mod clickhouse;
mod consul;
mod couchdb;
mod etcd;
mod influxdb;
mod mongodb_stand_in;
mod rabbitmq;
mod redis;
mod refused;
mod smtp;
mod temporal;
mod vault;
mod wiremock;
mod zookeeper;

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use fixtured_tests::{Holder, Holding, eventually, scratch_directory, supervisor_of};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// An existing server, and clients that use what tests get there.
struct Existing<'a> {
    name: &'a str,
    url: &'a str,
    /// Writes something.
    put: &'a dyn Fn(&Holding),
    /// Whether it can be read.
    has: &'a dyn Fn(&Holding) -> bool,
    /// All that tests have in the server, whatever it is.
    left: &'a dyn Fn() -> Vec<String>,
}

impl Existing<'_> {
    fn holder(&self, more: &[(&str, &str)]) -> Holder {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hold"));
        command
            .env(
                format!("FIXTURED_{}_URL", self.name.to_uppercase()),
                self.url,
            )
            .envs(more.iter().copied());
        Holder::start(command).unwrap()
    }

    fn check(&self) {
        self.check_isolation();
        self.check_crash();
    }

    fn check_isolation(&self) {
        let [mut first, mut second] = [self.holder(&[]), self.holder(&[])];
        let given = [
            first.ask_for(self.name).unwrap(),
            second.ask_for(self.name).unwrap(),
            second.ask_for(self.name).unwrap(),
        ];
        let parts = given.iter().map(|it| (&it.url, &it.prefix));
        assert_eq!(parts.collect::<BTreeSet<_>>().len(), 3, "{given:?}");
        for holding in &given {
            assert!(!(self.has)(holding), "{holding:?}");
            (self.put)(holding);
        }
        assert!(given.iter().all(|holding| (self.has)(holding)));
        drop(first);
        // What another session has there is left alone.
        assert!(given.iter().skip(1).all(|holding| (self.has)(holding)));
        assert!(!(self.left)().is_empty());
        drop(second);
        eventually("nothing is left in the server", || {
            (self.left)().is_empty().then_some(())
        });
    }

    /// After a supervisor that was killed, the next session cleans up.
    fn check_crash(&self) {
        // A directory of its own, so that no other session sweeps it first.
        let dir = scratch_directory(&format!("existing-{}", self.name)).unwrap();
        let environment = [("FIXTURED_DIR", dir.to_str().unwrap())];
        let mut first = self.holder(&environment);
        let holding = first.ask_for(self.name).unwrap();
        (self.put)(&holding);
        let supervisor = supervisor_of(&holding.session()).unwrap();
        kill(Pid::from_raw(supervisor.pid as i32), Signal::SIGKILL).unwrap();
        drop(first);
        assert!(!(self.left)().is_empty());
        eventually("a later session has removed it", || {
            // What has been killed may hold its locks for a moment.
            drop(self.holder(&environment).ask_for(self.name).unwrap());
            (self.left)().is_empty().then_some(())
        });
    }
}

/// What a program prints.
fn printed(program: &str, args: &[&str], input: &str) -> String {
    let mut child = Command::new(program)
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(input.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{program} {args:?}");
    String::from_utf8(output.stdout).unwrap()
}
