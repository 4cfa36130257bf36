//! Sessions in directories whose paths mean something to servers.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use fixtured::{OutputExecutor, PidExecutor};
use fixtured_tests::without_runner;

/// Short, since sockets are below it. Two servers cannot do with a comma or a semicolon in a path; see below.
const STRANGE: &str = "/tmp/t x'\"#\\$%{port}é";

/// Removes a directory of a test, however that ends.
struct Removed<'a>(&'a Path);

impl Drop for Removed<'_> {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.0);
    }
}

/// Starts daemons, each with a session of its own, below a directory.
fn start(directory: &OsStr, names: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
    command.args(["own"]).args(names).stdin(Stdio::null());
    without_runner(&mut command);
    command.env("FIXTURED_DIR", directory).output().unwrap()
}

#[track_caller]
fn starts(number: usize, names: &[&str]) {
    let directory = format!("{STRANGE}{number}");
    let removed = Removed(Path::new(&directory));
    fs::create_dir_all(removed.0).unwrap();
    let output = start(OsStr::new(&directory), names);
    let (said, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{errors}");
    assert_eq!(said.lines().count(), names.len() + 1, "{said}");
}

#[test]
fn light_servers_start_in_a_strange_place() {
    let names = [
        "postgres",
        "mysql",
        "redis,sentinel,password=x",
        "valkey",
        "memcached",
        "influxdb",
        "etcd",
        "consul",
        "nats,jetstream,password=x",
        "mosquitto,websockets,password=x",
        "nginx",
        "openldap",
        "s3",
        "s3rver",
        "httpbin",
        "wiremock",
        "smtp,password=x",
        "prometheus",
        "victoriametrics",
        "envoy",
        "haproxy",
        "dnsmasq",
    ];
    starts(1, &names);
}

#[test]
fn heavy_servers_start_in_a_strange_place() {
    starts(2, &["rabbitmq", "zookeeper", "swift", "ceph"]);
}

#[test]
fn those_of_openstack_start_in_a_strange_place() {
    starts(
        3,
        &["keystone", "gnocchi,coordination-driver=redis", "aodh"],
    );
}

#[test]
fn a_place_that_is_not_utf_8_is_refused_by_name() {
    let path = OsStr::from_bytes(b"/tmp/fixtured-\xff");
    let removed = Removed(Path::new(path));
    fs::create_dir_all(removed.0).unwrap();
    let output = start(path, &["redis"]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success());
    assert!(
        errors.contains("/tmp/fixtured-\u{fffd}") && errors.contains("UTF-8"),
        "{errors}"
    );
}

/// Looked at by the other test, with a directory of its own.
#[test]
fn a_command_speaks_of_its_directory() {
    if std::env::var_os("OF_THE_OTHER_TEST").is_none() {
        return;
    }
    let command = "touch {dir}/a \"{dir}/b\" '{dir}/c' && echo in {dir}; \
                   test -e \"$PWD/x\" || touch {dir}/pid; exec sleep 1000";
    let mut daemon = PidExecutor::new(command, "{dir}/pid").shell(true);
    daemon.start().unwrap();
    let dir = daemon.dir().unwrap();
    assert!(["a", "b", "c"].iter().all(|name| dir.join(name).exists()));
    let mut words = OutputExecutor::new(
        ["sh", "-c", "echo \"in $0\"; exec sleep 1000", "{dir}"],
        "^in {dir}$",
    );
    words.start().unwrap();
    // By whatever path they know it, it is there.
    let dir = fs::canonicalize(words.dir().unwrap()).unwrap();
    assert!(dir.to_str().unwrap().contains("{port}"));
    println!("both have run");
}

#[test]
fn a_command_of_the_user_s_may_be_anywhere() {
    let directory = format!("{STRANGE}(+[4;,");
    let removed = Removed(Path::new(&directory));
    fs::create_dir_all(removed.0).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "text::places::a_command_speaks_of_its_directory",
        "--nocapture",
    ]);
    without_runner(&mut command);
    command
        .env("OF_THE_OTHER_TEST", "1")
        .env("FIXTURED_DIR", &directory);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains("both have run"),
        "{output:?}"
    );
}
