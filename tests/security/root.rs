//! What root does where it is not alone.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::Path;

use fixtured_tests::{eventually, scratch_directory};

use super::session::Session;
use super::{as_root, mode, shared, user};

#[test]
fn line_6_root_writes_a_servers_output_through_no_link_of_others() {
    if !as_root("a link of another user where a server is to write") {
        return;
    }
    let dir = shared("output");
    let (victim, link, own) = (dir.join("victim"), dir.join("link"), dir.join("own"));
    fs::write(&victim, "precious").unwrap();
    symlink(&victim, &link).unwrap();
    std::os::unix::fs::lchown(&link, Some(user("nobody").uid.as_raw()), None).unwrap();
    symlink(dir.join("target"), &own).unwrap();
    let run = |path: &Path| {
        let mut executor = fixtured::SimpleExecutor::new(["sh", "-c", "echo said; exec sleep 100"])
            .stdout(fixtured::launch::Output::File(path.into()));
        executor.start().map(drop)
    };
    let error = run(&link).unwrap_err().to_string();
    assert!(error.contains("owned by another user"), "{error}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    run(&own).unwrap();
    assert!(dir.join("target").exists());
}

#[test]
fn line_7_a_place_that_others_could_exchange_is_refused() {
    let dir = scratch_directory("open").unwrap();
    let inside = dir.join("inside");
    fs::create_dir(&inside).unwrap();
    let refused = |wanted: &str| {
        for variable in ["FIXTURED_DIR", "TMPDIR"] {
            let session = Session::start(&[(variable, inside.to_str().unwrap())], &["redis"]);
            let error = session.map(drop).unwrap_err();
            let names = error.contains(&format!("`{}`", dir.display()));
            assert!(names && error.contains(wanted), "{error}");
            assert!(error.contains("set FIXTURED_DIR"), "{error}");
        }
        assert!(fs::read_dir(&inside).unwrap().next().is_none());
    };
    mode(&dir, 0o777);
    refused("no sticky bit");
    mode(&dir, 0o755);
    if as_root("a directory of another user is refused") {
        chown(&*dir, Some(user("nobody").uid.as_raw()), None).unwrap();
        refused("belongs to nobody");
    }
}

#[test]
fn line_8_a_directory_that_a_servers_user_cannot_come_to_is_named() {
    if !as_root("PostgreSQL below a directory that only root can enter") {
        return;
    }
    let dir = scratch_directory("closed").unwrap();
    mode(&dir, 0o700);
    let inside = dir.join("inside");
    fs::create_dir(&inside).unwrap();
    let session = Session::start(&[("FIXTURED_DIR", inside.to_str().unwrap())], &["postgres"]);
    let error = session.map(drop).unwrap_err();
    let wanted = format!(
        "user postgres, which the server runs as, cannot enter `{}`",
        dir.display()
    );
    assert!(error.contains(&wanted), "{error}");
    eventually("nothing is left", || {
        fs::read_dir(&inside)
            .unwrap()
            .next()
            .is_none()
            .then_some(())
    });
    // Only the session's own files are there if it is where temporary files go.
    drop(Session::start(&[("TMPDIR", inside.to_str().unwrap())], &["postgres"]).unwrap());
}
