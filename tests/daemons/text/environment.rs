//! The environment reaches a daemon byte for byte.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use fixtured::PidExecutor;
use fixtured_tests::without_runner;

const STRANGE: &[u8] = b"STRANGE\xff=a\xfe{port}\n=";

/// Looked at by the other test, with an environment of its own.
#[test]
fn a_daemon_prints_its_environment() {
    if std::env::var_os("OF_THE_OTHER_TEST").is_none() {
        return;
    }
    let python = "import os, sys, time\n\
                  all = b'\\0'.join(b'='.join(pair) for pair in os.environb.items())\n\
                  open(sys.argv[1], 'wb').write(all)\n\
                  open(sys.argv[2], 'w')\n\
                  time.sleep(1000)";
    let command = ["python3", "-c", python, "{dir}/all", "{dir}/pid"];
    let mut daemon = PidExecutor::new(command, "{dir}/pid");
    daemon.start().unwrap();
    let found = fs::read(daemon.dir().unwrap().join("all")).unwrap();
    let mut variables = found.split(|byte| *byte == 0);
    assert!(variables.any(|variable| variable == STRANGE));
    println!("the daemon has it");
}

#[test]
fn what_is_not_utf_8_arrives() {
    let at = STRANGE.iter().position(|byte| *byte == b'=').unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "text::environment::a_daemon_prints_its_environment",
        "--nocapture",
    ]);
    without_runner(&mut command);
    command.env("OF_THE_OTHER_TEST", "1");
    command.env(
        OsStr::from_bytes(&STRANGE[..at]),
        OsStr::from_bytes(&STRANGE[at + 1..]),
    );
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("the daemon has it"),
        "{output:?}"
    );
}
