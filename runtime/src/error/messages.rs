//! Every message as a whole.

use std::time::Duration;

use super::{Cause, Contact, End, Get, LogTail, Unclean};

pub(super) fn check(cause: Cause, wanted: &str) {
    assert_eq!(cause.to_string(), wanted);
}

pub(super) fn log(lines: &[&str]) -> LogTail {
    LogTail {
        path: "/site/log".into(),
        lines: lines.iter().map(ToString::to_string).collect(),
        kept_by: None,
        full: false,
    }
}

fn not_installed(get: Option<Get>) -> Cause {
    Cause::NotInstalled {
        name: "postgres".into(),
        program: "initdb".into(),
        nor: Vec::new(),
        searched: vec!["on PATH".into(), "in /usr/lib/postgresql/*/bin".into()],
        version: None,
        others: Vec::new(),
        get,
    }
}

fn get(set: bool) -> Option<Get> {
    Some(Get {
        install: vec![
            "apt install postgresql".into(),
            "brew install postgresql@17".into(),
        ],
        variable: "FIXTURED_POSTGRES_BIN".into(),
        set,
    })
}

#[test]
fn a_missing_program_says_how_to_get_it() {
    check(
        not_installed(get(false)),
        "cannot start `postgres`: `initdb` is not on PATH or in /usr/lib/postgresql/*/bin\n  \
         install: apt install postgresql        (or: brew install postgresql@17)\n  \
         or set:  FIXTURED_POSTGRES_BIN=/path/to/bin",
    );
    check(
        not_installed(get(true)),
        "cannot start `postgres`: `initdb` is not on PATH or in /usr/lib/postgresql/*/bin\n  \
         install: apt install postgresql        (or: brew install postgresql@17)\n  \
         or:      unset FIXTURED_POSTGRES_BIN, or set it to /path/to/bin",
    );
    check(
        not_installed(None),
        "cannot start `postgres`: `initdb` is not on PATH or in /usr/lib/postgresql/*/bin",
    );
    let Cause::NotInstalled {
        name,
        program,
        searched,
        ..
    } = not_installed(None)
    else {
        unreachable!("it is what was made");
    };
    check(
        Cause::NotInstalled {
            name,
            program,
            nor: Vec::new(),
            searched,
            version: Some("17".into()),
            others: vec!["/usr/bin has initdb (PostgreSQL) 15.18".into()],
            get: None,
        },
        "cannot start `postgres`: `initdb` version 17 is not installed: /usr/bin has initdb (PostgreSQL) 15.18",
    );
}

#[test]
fn programs_that_would_do_as_well_are_named_too() {
    let other = Cause::NotInstalled {
        name: "postgres".into(),
        program: "cockroach".into(),
        nor: Vec::new(),
        searched: vec!["on PATH".into()],
        version: None,
        others: Vec::new(),
        get: Some(Get {
            install: vec![
                "apt install postgresql".into(),
                "brew install cockroach".into(),
            ],
            variable: "FIXTURED_POSTGRES_BIN".into(),
            set: false,
        }),
    };
    check(
        not_installed(get(false)).nor(other),
        "cannot start `postgres`: `initdb` is not on PATH or in /usr/lib/postgresql/*/bin, nor is `cockroach`\n  \
         install: apt install postgresql        (or: brew install postgresql@17, or: brew install cockroach)\n  \
         or set:  FIXTURED_POSTGRES_BIN=/path/to/bin",
    );
}

#[test]
fn a_program_that_cannot_be_run_says_what_to_do() {
    check(
        Cause::Unusable {
            name: "redis".into(),
            problem: "FIXTURED_REDIS_BIN is `/x`, which is not executable".into(),
            to_do: Some("unset it".into()),
        },
        "cannot start `redis`: FIXTURED_REDIS_BIN is `/x`, which is not executable\n  to do:   unset it",
    );
}

#[test]
fn an_exit_shows_command_and_log() {
    let exited = |end| Cause::Exited {
        name: "redis".into(),
        command: "redis-server --port 21037".into(),
        end,
        log: log(&["bind: Address already in use"]),
    };
    let rest = "\n  command: redis-server --port 21037\n  log:     /site/log (removed after the run; FIXTURED_KEEP=failed keeps it)\n    | bind: Address already in use";
    for (end, headline) in [
        (End::Code(1), "exited before it was ready: exit status 1"),
        (
            End::Code(0),
            "exited before it was ready: exit status 0, and it left no process behind",
        ),
        (
            End::Signal(11),
            "died before it was ready: killed by SIGSEGV",
        ),
    ] {
        check(exited(end), &format!("`redis` {headline}{rest}"));
    }
}

#[test]
fn a_stop_says_what_went_wrong() {
    let finished = |end, how| Cause::Finished {
        name: "api".into(),
        command: "api --port 21037".into(),
        end,
        how,
        log: log(&[]),
    };
    let late = Unclean::Late {
        signal: 15,
        grace: Duration::from_millis(1500),
    };
    for (cause, headline) in [
        (
            finished(End::Code(3), Unclean::Before),
            "exited before it was stopped: exit status 3",
        ),
        (
            finished(End::Signal(11), Unclean::Before),
            "died before it was stopped: killed by SIGSEGV",
        ),
        (
            finished(End::Code(3), Unclean::Badly),
            "did not stop cleanly: exit status 3",
        ),
        (
            finished(End::Signal(9), late),
            "did not stop within 1.5 s after SIGTERM: killed by SIGKILL",
        ),
    ] {
        let rest = "\n  command: api --port 21037\n  log:     /site/log (empty)";
        check(cause, &format!("`api` {headline}{rest}"));
    }
    check(
        finished(End::Unseen, Unclean::Still).leaving(vec![7]),
        "`api` could not be stopped\n  command: api --port 21037\n  remains: pid 7 may still be running\n  \
         log:     /site/log (empty)",
    );
    check(
        finished(End::Signal(15), Unclean::InPart).leaving(vec![7, 8]),
        "`api` stopped, but some of its descendants did not\n  command: api --port 21037\n  \
         remains: pid 7 and pid 8 may still be running\n  log:     /site/log (empty)",
    );
}

#[test]
fn a_deadline_says_what_was_missing_and_what_was_stopped() {
    check(
        Cause::NotReady {
            name: "api".into(),
            command: "target/debug/api --port 21040".into(),
            after: Duration::from_secs(10),
            missing: r"GET http://127.0.0.1:21040/health: status 503, wanted 2\d\d".into(),
            stopped: "pid 4242 and its descendants".into(),
            log: log(&[]),
        },
        "`api` was not ready after 10 s: GET http://127.0.0.1:21040/health: status 503, wanted 2\\d\\d\n  \
         command: target/debug/api --port 21040\n  stopped: pid 4242 and its descendants\n  \
         log:     /site/log (empty)",
    );
    check(
        Cause::NotFound {
            name: "api".into(),
            after: Duration::from_millis(300),
            missing: "127.0.0.1:80: connection refused".into(),
        },
        "`api` did not become reachable within 300 ms: 127.0.0.1:80: connection refused\n  \
         to do:   start it, or give a command that starts it",
    );
}

#[test]
fn something_else_there_says_what() {
    for (at, to_do) in [
        (Contact::Port, "stop it, or let `{port}` choose a free port"),
        (Contact::Path, "stop it, or use a path below `{dir}`"),
        (Contact::Other, "stop it, or remove what it left behind"),
    ] {
        let cause = Cause::AlreadyRunning {
            name: "api".into(),
            what: "127.0.0.1:8080 accepted a connection before it was started".into(),
            command: "api".into(),
            at,
            holder: Some("pid 4242: python3 -m http.server".into()),
        };
        check(
            cause,
            &format!(
                "cannot start `api`: 127.0.0.1:8080 accepted a connection before it was started\n  command: api\n  \
                 holder:  pid 4242: python3 -m http.server\n  to do:   {to_do}"
            ),
        );
    }
}

#[test]
fn what_remains_is_said_of_any() {
    let check_failed = Cause::Check {
        name: "api".into(),
        command: "api".into(),
        reason: "no".into(),
        log: log(&[]),
    };
    check(
        check_failed.leaving(vec![7]),
        "cannot tell whether `api` is ready: no\n  command: api\n  remains: pid 7 may still be running\n  \
         log:     /site/log (empty)",
    );
    let cause = Cause::io("x", "y");
    assert_eq!(cause.clone().leaving(Vec::new()), cause);
}

#[test]
fn the_others_are_one_sentence() {
    check(
        Cause::Invalid {
            name: "api".into(),
            problem: "no".into(),
        },
        "cannot start `api`: no",
    );
    check(
        Cause::SessionEnded {
            why: "its runner is gone".into(),
        },
        "the test run has ended: its runner is gone",
    );
    check(
        Cause::io("create `/x`", "No space left on device"),
        "cannot create `/x`: No space left on device",
    );
    check(
        Cause::Spawn {
            name: "api".into(),
            command: "api".into(),
            reason: "Permission denied".into(),
        },
        "cannot start `api`: Permission denied\n  command: api",
    );
}

#[test]
fn a_log_that_is_kept_says_until_when() {
    let mut cause = Cause::Check {
        name: "api".into(),
        command: "api".into(),
        reason: "no".into(),
        log: log(&["x"]),
    };
    if let Some(log) = cause.log_mut() {
        log.kept_by = Some(77);
    }
    check(
        cause,
        "cannot tell whether `api` is ready: no\n  command: api\n  \
         log:     /site/log (kept until you `kill 77`)\n    | x",
    );
}

#[test]
fn a_log_that_cannot_be_written_says_so() {
    let mut cause = Cause::Check {
        name: "api".into(),
        command: "api".into(),
        reason: "no".into(),
        log: log(&[]),
    };
    if let Some(log) = cause.log_mut() {
        log.full = true;
    }
    check(
        cause,
        "cannot tell whether `api` is ready: no\n  command: api\n  log:     /site/log (empty)\n  \
         disk:    the file system of the log is full; set FIXTURED_DIR to a directory on another one",
    );
}

#[test]
fn a_supervisor_that_does_not_answer_is_named() {
    let silent = |is_stopped| Cause::NoAnswer {
        supervisor: 4242,
        after: Duration::from_secs(70),
        is_stopped,
    };
    check(
        silent(true),
        "the supervisor (pid 4242) did not answer within 70 s: its process is stopped\n  \
         to do:   resume it with `kill -CONT 4242`, or end it and all its daemons with `kill -KILL 4242`",
    );
    check(
        silent(false),
        "the supervisor (pid 4242) did not answer within 70 s\n  \
         to do:   end it and all its daemons with `kill -KILL 4242`",
    );
}
