//! Ceph, with its own client programs.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use fixtured::daemons::{self, Ceph};
use fixtured::{Acquire, Instance, fixture};
use fixtured_tests::eventually;

/// Runs one of Ceph's programs with the variables that the cluster is found by.
fn output(ceph: &Instance<Ceph>, program: &str, args: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(args).envs(ceph.variables());
    command.output().unwrap()
}

/// What it prints.
fn run(ceph: &Instance<Ceph>, program: &str, args: &[&str]) -> String {
    let output = output(ceph, program, args);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} {args:?}: {errors}");
    let printed = String::from_utf8(output.stdout).unwrap();
    printed.trim_end().to_owned()
}

/// What `rados` prints in the test's pool and namespace.
fn rados(ceph: &Instance<Ceph>, args: &[&str]) -> String {
    let place = ["-p", ceph.pool(), "-N", ceph.namespace()];
    run(ceph, "rados", &[&place, args].concat())
}

/// Writes an object.
fn put(ceph: &Instance<Ceph>, name: &str, text: &str) {
    let file = ceph.dir().join(format!("put-{}", std::process::id()));
    fs::write(&file, text).unwrap();
    rados(ceph, &["put", name, &file.display().to_string()]);
}

/// What `ceph` prints as JSON.
fn json(ceph: &Instance<Ceph>, args: &[&str]) -> serde_json::Value {
    let printed = run(ceph, "ceph", &[args, &["-f", "json"]].concat());
    serde_json::from_str(&printed).unwrap()
}

#[fixture(ceph)]
fn what_is_written_is_read_back(ceph: &Instance<Ceph>, port: u16, url: &str) {
    assert_eq!(url, format!("ceph://localhost:{port}"));
    assert_eq!(ceph.pool(), "rbd");
    put(ceph, "greeting", "hello");
    assert_eq!(rados(ceph, &["get", "greeting", "-"]), "hello");
    assert_eq!(rados(ceph, &["ls"]), "greeting");

    // The manager counts what there is, some time later.
    eventually("the object is counted", || {
        let counted = &json(ceph, &["df"])["pools"][0]["stats"]["objects"];
        (counted.as_u64() > Some(0)).then_some(())
    });
    let health = run(ceph, "ceph", &["health"]);
    assert!(health.starts_with("HEALTH_OK"), "{health}");
    assert_eq!(json(ceph, &["osd", "stat"])["num_up_osds"], 1);
}

#[fixture(ceph)]
fn images_are_kept_in_the_pool(ceph: &Instance<Ceph>) {
    // Images know nothing of namespaces that were not made for them, so their names are told apart.
    let image = format!("{}-image", ceph.namespace());
    run(ceph, "rbd", &["create", "--size", "8", &image]);
    let images = run(ceph, "rbd", &["ls"]);
    assert!(images.lines().any(|line| line == image), "{images}");
}

#[test]
fn each_test_has_a_namespace_of_its_own() {
    let [first, second] = [(), ()].map(|()| daemons::ceph().acquire().unwrap());
    assert_eq!(first.pid(), second.pid());
    assert_ne!(first.namespace(), second.namespace());
    put(&first, "object", "of the first");
    assert_eq!(rados(&second, &["ls"]), "");
    put(&second, "object", "of the second");
    assert_eq!(rados(&first, &["get", "object", "-"]), "of the first");
    // The pool is shared.
    let all = run(&first, "rados", &["-p", first.pool(), "ls", "--all"]);
    assert!(all.lines().count() >= 2, "{all}");
}

#[test]
fn two_clusters_run_side_by_side() {
    let [first, second] = [(), ()].map(|()| daemons::ceph().pool("own").start().unwrap());
    assert_eq!((first.pool(), first.namespace()), ("own", ""));
    put(&first, "object", "of the first");
    put(&second, "object", "of the second");
    for (ceph, text) in [(&first, "of the first"), (&second, "of the second")] {
        assert_eq!(rados(ceph, &["get", "object", "-"]), text);
        assert_eq!(run(ceph, "rados", &["lspools"]), "own");
        // Everything that listens does so on a port that was leased.
        let leased: BTreeSet<_> = ceph.ports().values().copied().collect();
        let listening = listening(ceph);
        assert_eq!(listening, leased);
    }
    // The key of the one is none for the other.
    let args = [
        "--keyring",
        &first.keyring().display().to_string(),
        "lspools",
    ];
    let refused = output(&second, "rados", &args);
    assert!(!refused.status.success(), "{refused:?}");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(first.keyring()), 0o600);
    assert_eq!(mode(first.conf()), 0o600);
}

/// The ports on which the processes of a cluster listen.
fn listening(ceph: &Instance<Ceph>) -> BTreeSet<u16> {
    let pids: BTreeSet<_> = ["mon", "mgr", "osd"]
        .map(|name| ceph.process(name).pid().unwrap())
        .into();
    let all = (1024..=u16::MAX).collect();
    let holders = fixtured_tests::holders(&all);
    let held = holders
        .into_iter()
        .filter(|(_, holders)| !holders.is_disjoint(&pids));
    held.map(|(port, _)| port).collect()
}

#[test]
fn a_wrong_name_of_a_pool_is_refused() {
    let error = daemons::ceph().pool("-x").start().unwrap_err();
    let wanted = "invalid name `-x` for a pool";
    assert!(error.to_string().contains(wanted), "{error}");
}
