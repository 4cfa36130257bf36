//! What is found, and what is said where nothing is.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::Programs;
use crate::error::Cause;
use crate::launch::{Launch, Software};

/// A directory with programs, each a script that starts so.
fn scratch(name: &str, programs: &[(&str, &str, u32)]) -> PathBuf {
    let root = std::env::temp_dir().join(format!("fixtured-{name}-{}", std::process::id()));
    for (path, start, mode) in programs {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("{start}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(*mode)).unwrap();
    }
    root
}

/// What a search in an environment comes to: the first program of the software `x`, or the headline of the error.
#[track_caller]
fn check(programs: &[&str], environment: &[(&str, String)], wanted: Result<&str, &str>) {
    let launch = Launch {
        software: vec![Software::new("x", programs.iter().copied())],
        ..Launch::new("x")
    };
    let environment = environment
        .iter()
        .map(|(name, value)| (name.into(), value.into()));
    let found = Programs::find(&launch, &environment.collect(), &|_, _| String::new());
    let program = programs.first().copied().unwrap_or_default();
    let found = found.and_then(|found| found.file(program, Path::new("/")));
    let found = found.map_err(|cause| cause.to_string());
    let found = found.as_ref().map(|path| path.to_str().unwrap());
    match (found, wanted) {
        (Ok(found), Ok(wanted)) => assert_eq!(found, wanted),
        (Err(text), Err(wanted)) => assert!(text.contains(wanted), "{text}"),
        (found, _) => panic!("{found:?} instead of {wanted:?}"),
    }
}

const GOOD: &str = "#!/bin/sh";

/// The variable of a software that does not exist; the README does not mention it.
const X_BIN: &str = concat!("FIXTURED", "_X_BIN");

#[test]
fn what_a_variable_says_is_never_passed_over() {
    let all = [
        ("bin/x", GOOD, 0o755),
        ("bin/y", GOOD, 0o755),
        ("x-7.2", GOOD, 0o755),
        ("plain", GOOD, 0o644),
        ("lost", "#!/nowhere/python9", 0o755),
        ("broken/x", GOOD, 0o644),
        ("path/x", GOOD, 0o755),
    ];
    let root = scratch("variables", &all);
    let path = |name: &str| root.join(name).to_str().unwrap().to_owned();
    let with = |value: String| [(X_BIN, value), ("PATH", path("path"))];
    let one = ["x"];
    check(&one, &with(path("bin")), Ok(&path("bin/x")));
    check(&one, &with(path("bin/x")), Ok(&path("bin/x")));
    check(&one, &with(path("x-7.2")), Ok(&path("x-7.2")));
    check(&one, &with(String::new()), Ok(&path("path/x")));
    check(&["x", "y"], &with(path("bin/y")), Ok(&path("bin/x")));
    let says = |value: String, programs: &[&str], what: &str| {
        let wanted = format!("FIXTURED_X_BIN is `{value}`, {what}");
        check(programs, &with(value), Err(&wanted));
    };
    says("bin/x".into(), &one, "which is not an absolute path");
    says(path("plain"), &one, "which is not executable");
    says(
        path("lost"),
        &one,
        "which needs the interpreter `/nowhere/python9`, which does not",
    );
    says("/dev/null".into(), &one, "which is not a regular file");
    let broken = format!("where `{}` is not executable", path("broken/x"));
    says(path("broken"), &one, &broken);
    says(path("x-7.2"), &["x", "y"], "which is not a directory");
    for (value, programs, missing) in [
        (path("nothing"), &["x"][..], "x"),
        (path("path"), &["x", "y"], "y"),
    ] {
        let wanted = format!("`{missing}` is not in {value} (FIXTURED_X_BIN)");
        check(programs, &with(value), Err(&wanted));
    }
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn what_cannot_be_run_is_not_missing() {
    let all = [
        ("broken/x", GOOD, 0o644),
        ("lost/x", "#!/nowhere/python9", 0o755),
        ("good/x", GOOD, 0o755),
    ];
    let root = scratch("broken", &all);
    fs::create_dir_all(root.join("directory/x")).unwrap();
    let path = |names: &[&str]| {
        let all = names
            .iter()
            .map(|name| root.join(name).to_str().unwrap().to_owned());
        [("PATH", all.collect::<Vec<_>>().join(":"))]
    };
    let file = |name: &str| root.join(name).join("x").to_str().unwrap().to_owned();
    for (name, what) in [
        ("broken", "is not executable"),
        (
            "lost",
            "needs the interpreter `/nowhere/python9`, which does not exist",
        ),
        ("directory", "is a directory"),
    ] {
        let wanted = format!("`x`: `{}` {what}", file(name));
        check(&["x"], &path(&[name]), Err(&wanted));
        // Also where no software is asked for.
        let launch = Launch::new("x");
        let environment = path(&[name])
            .map(|(name, value)| (name.into(), value.into()))
            .into();
        let programs = Programs::find(&launch, &environment, &|_, _| String::new());
        let cause = programs
            .and_then(|found| found.file("x", &root))
            .unwrap_err();
        assert!(matches!(cause, Cause::Unusable { .. }), "{cause}");
        // As a shell does, one looks further.
        check(&["x"], &path(&[name, "good"]), Ok(&file("good")));
    }
    check(
        &["x"],
        &path(&["nothing"]),
        Err("`x` is not on PATH, in /usr/sbin"),
    );
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn what_was_installed_for_it_alone_comes_first() {
    let own = ".local/share/fixtured/x/bin/x";
    let root = scratch("own", &[(own, GOOD, 0o755), ("path/x", GOOD, 0o755)]);
    let path = |name: &str| root.join(name).to_str().unwrap().to_owned();
    let with = [
        ("HOME", root.to_str().unwrap().to_owned()),
        ("PATH", path("path")),
    ];
    check(&["x"], &with, Ok(&path(own)));
    fs::set_permissions(root.join(own), fs::Permissions::from_mode(0o644)).unwrap();
    check(&["x"], &with, Err("x/bin/x` is not executable"));
    fs::set_permissions(root.join(own), fs::Permissions::from_mode(0o755)).unwrap();
    if nix::unistd::geteuid().is_root() {
        let give = |name: &str| {
            std::os::unix::fs::chown(root.join(name), Some(65534), None).unwrap();
        };
        give(own);
        check(&["x"], &with, Err("must not be run by root"));
        // The home of another user is not one's own.
        give("");
        check(&["x"], &with, Ok(&path("path/x")));
    }
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn without_a_path_everybody_looks_in_the_same_places() {
    for environment in [&[][..], &[("PATH", String::new())]] {
        check(&["sh"], environment, Ok("/bin/sh"));
    }
}

#[test]
fn another_version_that_is_there_is_named() {
    let software = Software {
        search_paths: Vec::new(),
        version: Some("16".into()),
        ..Software::new("x", ["sh"])
    };
    let launch = Launch {
        software: vec![software],
        ..Launch::new("x")
    };
    let environment = BTreeMap::from([("PATH".into(), "/bin".into())]);
    for (said, wanted) in [
        ("x 15.2", "/bin has x 15.2"),
        ("", "/bin has one that does not say its version"),
    ] {
        let found = Programs::find(&launch, &environment, &|_, _| said.into());
        let text = found.map(drop).unwrap_err().to_string();
        let wanted = format!("cannot start `x`: `sh` version 16 is not installed: {wanted}");
        assert!(text.starts_with(&wanted), "{text}");
    }
    assert!(Programs::find(&launch, &environment, &|_, _| "x 16.2".into()).is_ok());
}

#[test]
fn programs_of_one_name_are_told_apart_by_their_variables() {
    let root = std::env::temp_dir().join(format!("fixtured-programs-{}", std::process::id()));
    let software = ["a", "b"].map(|name| {
        let bin = root.join(name);
        fs::create_dir_all(&bin).unwrap();
        std::os::unix::fs::symlink("/bin/sh", bin.join("python3")).unwrap();
        Software {
            search_paths: vec![bin.display().to_string()],
            ..Software::new(name, ["python3"])
        }
    });
    let launch = Launch {
        software: software.into(),
        ..Launch::new("x")
    };
    let environment = BTreeMap::from([("PATH".into(), "/nowhere".into())]);
    let programs = Programs::find(&launch, &environment, &|_, _| String::new());
    for (program, wanted) in [
        ("python3", "a/python3"),
        (concat!("FIXTURED", "_A_BIN/python3"), "a/python3"),
        (concat!("FIXTURED", "_B_BIN/python3"), "b/python3"),
    ] {
        let found = programs.as_ref().unwrap_or_else(|cause| panic!("{cause}"));
        let found = found
            .file(program, &root)
            .map_err(|cause| cause.to_string());
        assert_eq!(found, Ok(root.join(wanted)));
    }
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn a_missing_program_is_named_with_the_places() {
    let software = Software {
        programs: vec!["sh".into(), "no-such-program".into()],
        search_paths: vec!["/nowhere/*/bin".into()],
        ..Software::new("x", [""; 0])
    };
    let launch = Launch {
        software: vec![software],
        ..Launch::new("x")
    };
    let environment = BTreeMap::from([("PATH".into(), "/usr/bin:/bin".into())]);
    let Err(Cause::NotInstalled {
        program, searched, ..
    }) = Programs::find(&launch, &environment, &|_, _| String::new())
    else {
        unreachable!("it is not installed");
    };
    assert_eq!(program, "no-such-program");
    assert_eq!(searched, ["on PATH", "in /nowhere/*/bin"]);
}

#[test]
fn a_star_stands_for_a_part_of_a_name() {
    let all = [
        ("x-9/bin/x", GOOD, 0o755),
        ("x-17/bin/x", GOOD, 0o755),
        ("y-18/bin/x", GOOD, 0o755),
    ];
    let root = scratch("star", &all);
    let find = |pattern: &str| {
        let software = Software {
            search_paths: vec![root.join(pattern).display().to_string()],
            ..Software::new("x", ["x"])
        };
        let launch = Launch::new("x").needs(software);
        let environment = BTreeMap::from([("PATH".into(), "/nowhere".into())]);
        let programs = Programs::find(&launch, &environment, &|_, _| String::new());
        let found = programs.and_then(|found| found.file("x", &root));
        found.map_err(|cause| cause.to_string())
    };
    for (pattern, wanted) in [
        ("x-*/bin", "x-17/bin/x"),
        ("*-18/bin", "y-18/bin/x"),
        ("*/bin", "y-18/bin/x"),
    ] {
        assert_eq!(find(pattern), Ok(root.join(wanted)), "{pattern}");
    }
    fs::remove_dir_all(&root).unwrap();
}
