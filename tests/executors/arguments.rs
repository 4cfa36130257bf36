//! What users give to executors: commands, paths, names, variables and conditions.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use fixtured::executor::StopOptions;
use fixtured::{
    Check, Error, ErrorKind, Executor, OutputExecutor, PidExecutor, SimpleExecutor,
    UnixSocketExecutor,
};
use fixtured_tests::{alive, drop_and_look, eventually, printed, scratch_directory};

const SLEEPS: &str = "sh -c 'echo ready; exec sleep 1000'";

#[test]
fn an_executor_is_started_in_an_expression() -> Result<(), Error> {
    let pid = {
        let server = OutputExecutor::new(SLEEPS, "ready").started()?;
        let pid = server.pid()?;
        assert!(alive(pid));
        pid
    };
    assert!(!alive(pid));
    // One that has been stopped is started again in its place.
    let mut server = OutputExecutor::new(SLEEPS, "ready").started()?;
    let dir = server.dir()?.to_owned();
    server.stop()?;
    let server = server.started()?;
    assert_eq!(server.dir()?, dir);
    drop_and_look(server);
    let failed = SimpleExecutor::new("no-such-program").started().map(drop);
    assert_eq!(failed.unwrap_err().kind(), ErrorKind::NotInstalled);
    Ok(())
}

#[test]
fn a_command_is_a_text_words_or_a_path() {
    let dir = scratch_directory("a program {port}").unwrap();
    let program = dir.join("a server");
    fs::write(&program, "#!/bin/sh\necho ready\nexec sleep 1000\n").unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let (text, words) = (
        String::from(SLEEPS),
        ["sh", "-c", "echo ready; exec sleep 1000"],
    );
    let owned = words.map(String::from);
    for executor in [
        SimpleExecutor::new(&text),
        SimpleExecutor::new(&owned[..]),
        SimpleExecutor::new(&owned),
        SimpleExecutor::new(owned.to_vec()),
        SimpleExecutor::new(program.as_path()),
        SimpleExecutor::new(&program).shell(true),
        SimpleExecutor::new(program),
    ] {
        let executor = executor.started().unwrap();
        assert_eq!(printed(&executor, "\n"), "ready\n");
    }
}

#[test]
fn braces_in_the_paths_of_sockets_and_pid_files_mean_themselves() {
    let dir = scratch_directory("braces {x} {} }{").unwrap();
    let (socket, pid_file) = (dir.join("{s"), dir.join("{pid}"));
    let redis = |daemonize: &str| {
        let (socket, pid_file) = (socket.display(), pid_file.display());
        [
            "redis-server",
            "--port",
            "0",
            "--save",
            "",
            "--daemonize",
            daemonize,
        ]
        .map(String::from)
        .into_iter()
        .chain(["--unixsocket".into(), socket.to_string()])
        .chain(["--pidfile".into(), pid_file.to_string()])
        .collect::<Vec<_>>()
    };
    let cache = UnixSocketExecutor::new(redis("no"), &socket)
        .started()
        .unwrap();
    UnixStream::connect(&socket).unwrap();
    drop_and_look(cache);
    let daemon = PidExecutor::new(redis("yes"), pid_file.as_path())
        .started()
        .unwrap();
    assert!(pid_file.exists());
    drop_and_look(daemon);
    // `{dir}` is the process's own directory in a path too.
    let touches = "touch {dir}/pid; exec sleep 1000";
    let own = PidExecutor::new(touches, Path::new("{dir}").join("pid")).shell(true);
    let own = own.started().unwrap();
    assert!(own.dir().unwrap().join("pid").exists());
}

#[test]
fn a_path_that_is_not_utf_8_is_an_error() {
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(b"/tmp/\xff"));
    for error in [
        PidExecutor::new("true", &path).started().map(drop),
        UnixSocketExecutor::new("true", &path).started().map(drop),
        SimpleExecutor::new("true").cwd(&path).started().map(drop),
        SimpleExecutor::new(&path).started().map(drop),
    ] {
        let error = error.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(
            text.contains("the path `/tmp/\u{fffd}` is not UTF-8"),
            "{text}"
        );
    }
}

#[test]
fn a_condition_is_a_closure_that_returns_bool() {
    let dir = scratch_directory("conditions").unwrap();
    let (made, done) = (dir.join("made"), dir.join("done"));
    let command = format!(
        "touch {}; until test -e {}; do sleep 0.01; done; touch {}; exec sleep 1000",
        made.display(),
        dir.join("go").display(),
        done.display()
    );
    let (sign, go) = (made.clone(), dir.join("go"));
    let server = Executor::new(command, move || sign.exists()).shell(true);
    let mut server = server.started().unwrap();
    assert!(made.exists() && !done.exists());
    fs::write(go, "").unwrap();
    server.wait_for(|| done.exists()).unwrap();
    assert!(done.exists());
    drop_and_look(server);
    let mut late = SimpleExecutor::new("sleep 1000")
        .timeout("50ms")
        .started()
        .unwrap();
    let error = late.wait_for(|| false).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimeoutExpired);
    let text = error.to_string();
    assert!(text.contains("the condition does not hold"), "{text}");
    let mut idle = SimpleExecutor::new("sleep 1000");
    let error = idle.wait_for(|| Check::Ready).map(drop).unwrap_err();
    assert!(
        error.to_string().contains("has not been started"),
        "{error}"
    );
}

#[test]
fn a_name_is_in_messages_and_in_the_path_of_the_log() {
    let error = OutputExecutor::new("sh -c 'echo bad; exit 3'", "ready")
        .named("api")
        .started()
        .map(drop)
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.starts_with("`api` exited before it was ready"),
        "{text}"
    );
    let log = error.log().unwrap().path().display().to_string();
    assert!(log.contains("/api"), "{log}");
}

#[test]
fn variables_are_set_removed_or_left_out() {
    let command =
        "echo \"${CARGO_MANIFEST_DIR-none} ${A-none} ${B-none} ${PATH:+path}\"; exec sleep 1000";
    let prints = || SimpleExecutor::new(command).shell(true).env("A", "a");
    let here = env!("CARGO_MANIFEST_DIR");
    for (executor, wanted) in [
        (prints(), format!("{here} a none path\n")),
        (
            prints().env_remove("CARGO_MANIFEST_DIR").env_remove("A"),
            "none none none path\n".into(),
        ),
        // The last word counts.
        (
            prints().env_remove("B").env("B", "b"),
            format!("{here} a b path\n"),
        ),
        (prints().inherit_env(false), "none a none path\n".into()),
    ] {
        let executor = executor.started().unwrap();
        assert_eq!(printed(&executor, "\n"), wanted);
    }
}

#[test]
fn one_stop_has_a_grace_of_its_own() {
    let stubborn = "sh -c 'trap \"\" TERM; echo ready; while :; do sleep 0.01; done'";
    let mut stubborn = OutputExecutor::new(stubborn, "ready")
        .grace("1h")
        .timeout("2h")
        .started()
        .unwrap();
    let pid = stubborn.pid().unwrap();
    let error = stubborn.stop_with(StopOptions::new().grace("50ms"));
    assert_eq!(
        error.map(drop).unwrap_err().kind(),
        ErrorKind::ProcessFinishedWithError
    );
    eventually("it is gone", || (!alive(pid)).then_some(()));
}
