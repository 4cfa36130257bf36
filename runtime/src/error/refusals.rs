//! What is said when a server is there and does not do what it is asked for.

use std::time::Duration;

use super::messages::{check, log};
use super::{Cause, Doing, For, Part, Reason, Refused};

fn refused(part: Part, doing: Doing, reason: Reason) -> Cause {
    Cause::Isolate {
        name: "postgres".into(),
        part,
        whose: For::Test,
        refused: Box::new(Refused::new(doing, reason)),
        after: Duration::from_secs(60),
        log: log(&["x"]),
    }
}

#[test]
fn what_could_not_be_made_inside_a_server_is_named() {
    let statement = || Doing::Statement("CREATE DATABASE \"t_x\"".into());
    check(
        refused(
            Part::Made("database".into()),
            statement(),
            Reason::Said("ERROR 53100: No space left on device".into()),
        ),
        "`postgres` is running, but the database for this test could not be created: ERROR 53100: No space left on device\n  \
         request: CREATE DATABASE \"t_x\"\n  log:     /site/log (removed after the run; FIXTURED_KEEP=failed keeps it)\n    | x",
    );
    check(
        refused(Part::Made("node".into()), statement(), Reason::Late),
        "`postgres` is running, but the node for this test could not be created: not done within 60 s\n  \
         request: CREATE DATABASE \"t_x\"\n  to do:   raise `timeout` if it needs longer\n  log:     /site/log (removed after the run; FIXTURED_KEEP=failed keeps it)\n    | x",
    );
    let mut held = refused(
        Part::Made("database".into()),
        statement(),
        Reason::Said("ERROR 53100: No space left on device".into()),
    );
    if let Cause::Isolate { whose, .. } = &mut held {
        *whose = For::Holder;
    }
    check(
        held,
        "`postgres` is running, but the database in it could not be created: ERROR 53100: No space left on device\n  \
         request: CREATE DATABASE \"t_x\"\n  log:     /site/log (removed after the run; FIXTURED_KEEP=failed keeps it)\n    | x",
    );
    let by = "other".into();
    check(
        refused(
            Part::Lent("vhost".into()),
            Doing::Prepared { by },
            Reason::Late,
        ),
        "`postgres` is running, but the virtual host for this test could not be created: the test `other` has not prepared it within 60 s\n  \
         to do:   raise `timeout` if it needs longer\n  log:     /site/log (removed after the run; FIXTURED_KEEP=failed keeps it)\n    | x",
    );
    check(
        refused(
            Part::Made("database".into()),
            Doing::Connect("db.example:5432".into()),
            Reason::Late,
        ),
        "the database for this test could not be created: cannot connect to `postgres` at db.example:5432: no answer within 60 s\n  \
         to do:   raise `timeout` if it needs longer\n  log:     /site/log (removed after the run; FIXTURED_KEEP=failed keeps it)\n    | x",
    );
}

#[test]
fn a_full_disk_is_named_with_what_is_left_of_it() {
    let full = |room: Option<&str>| {
        let said = "ERROR 53100: No space left on device".into();
        let room = room.map(Into::into);
        let doing = Doing::Statement("CREATE DATABASE \"t_x\"".into());
        refused(
            Part::Made("database".into()),
            doing,
            Reason::Full { said, room },
        )
    };
    let begins = "`postgres` is running, but the database for this test could not be created: ERROR 53100: No space left on device\n  \
         request: CREATE DATABASE \"t_x\"\n  ";
    let ends = "log:     /site/log (removed after the run; FIXTURED_KEEP=failed keeps it)\n    | x";
    check(full(None), &format!("{begins}{ends}"));
    let room = "/site is on a file system with 0.1 MB left of 64.0 MB";
    check(
        full(Some(room)),
        &format!("{begins}disk:    {room}\n  {ends}"),
    );
    let mut reset = full(None);
    if let Cause::Isolate { whose, .. } = &mut reset {
        *whose = For::Reset;
    }
    let begins = begins.replace(
        "for this test could not be created",
        "of this test could not be reset",
    );
    check(reset, &format!("{begins}{ends}"));
}

#[test]
fn what_tests_start_from_is_named_if_it_fails() {
    let migration = || Doing::Migration {
        file: "migrations/2.sql".into(),
        line: 4,
        statement: "SELECT x".into(),
    };
    let said = Reason::Said("ERROR 42703: no x".into());
    check(
        refused(Part::Made("database".into()), migration(), said),
        "migration migrations/2.sql, line 4, failed\n  statement: SELECT x\n  \
         server:  ERROR 42703: no x\n  daemon:  postgres\n  log:     /site/log (removed after the run; FIXTURED_KEEP=failed keeps it)\n    | x",
    );
    check(
        refused(Part::Made("database".into()), migration(), Reason::Late),
        "migration migrations/2.sql, line 4, failed\n  statement: SELECT x\n  \
         server:  not done within 60 s\n  daemon:  postgres\n  \
         to do:   raise `timeout` if it needs longer\n  log:     /site/log (removed after the run; FIXTURED_KEEP=failed keeps it)\n    | x",
    );
    for (line, shown) in [(None, ""), (Some(3), ", line 3")] {
        let file = "migrations/2.sql".into();
        check(
            refused(
                Part::Made("database".into()),
                Doing::Read { file, line },
                Reason::Said("it is not UTF-8".into()),
            ),
            &format!(
                "cannot read `migrations/2.sql`{shown}: it is not UTF-8\n  daemon:  postgres\n  \
                 log:     /site/log (removed after the run; FIXTURED_KEEP=failed keeps it)\n    | x"
            ),
        );
    }
    check(
        refused(
            Part::Made("database".into()),
            Doing::Function("f of /x".into()),
            Reason::Said("no".into()),
        ),
        "the function f of /x, which prepares databases, failed: no\n  daemon:  postgres\n  log:     /site/log (removed after the run; FIXTURED_KEEP=failed keeps it)\n    | x",
    );
}
