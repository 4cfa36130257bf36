//! What a test can do to a daemon of its own while it is paused, and what that does to clients.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::thread;
use std::time::Duration;

use fixtured::__command_line::live;
use fixtured::daemons::{self, Postgres, Program, Redis};
use fixtured::{Acquire, Instance, Result, State, fixture, with_daemon};
use fixtured_tests::{alive, eventually, family, is_halted, process};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, getsid};
use postgres::{Client, NoTls};

/// Asks Redis for an answer, which has a moment to come.
fn ping(redis: &Instance<Redis>) -> std::io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", redis.port()))?;
    stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    stream.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    stream.read_exact(&mut answer)?;
    assert_eq!(&answer, b"+PONG\r\n");
    Ok(())
}

/// All of a daemon, without its keeper.
fn pids<D>(instance: &Instance<D>) -> Vec<u32> {
    let keeper = process(instance.pid()).unwrap().parent;
    let family = family(keeper).into_iter().skip(1);
    family.map(|process| process.pid).collect()
}

/// What `fixtured status` says of it.
fn shown<D>(instance: &Instance<D>) -> String {
    // A session that is busy may not answer in time.
    let (stage, _) = eventually("its session says what there is", || {
        let seen = live().into_iter().filter_map(|session| session.overview);
        let mut seen = seen.flat_map(|overview| overview.daemons);
        let seen = seen.find(|seen| seen.dir == instance.dir())?;
        Some(seen.stage.to_string())
    });
    stage
}

#[fixture(postgres, scope = "test")]
#[test]
fn every_process_of_postgres_is_paused(postgres: &Instance<Postgres>) {
    let connect = |_| Client::connect(postgres.url(), NoTls).unwrap();
    let mut clients: Vec<_> = (0..3).map(connect).collect();
    let mut busy = connect(3);
    let busy = thread::spawn(move || {
        let query = "SELECT count(*) FROM generate_series(1, 5000000)";
        busy.query_one(query, &[]).unwrap().get::<_, i64>(0)
    });
    let pids = pids(postgres);
    let session = |pid: &u32| getsid(Some(Pid::from_raw(pid.cast_signed()))).unwrap();
    // Each backend has left the session of the server.
    assert!(pids.iter().map(session).collect::<BTreeSet<_>>().len() > 4);
    for _ in 0..2 {
        postgres.pause().unwrap();
        let running: Vec<_> = pids.iter().filter(|pid| !is_halted(**pid)).collect();
        assert!(running.is_empty(), "{running:?}");
        assert_eq!(postgres.state().unwrap(), State::Paused);
        assert!(postgres.state().unwrap().runs() && postgres.process("").runs().unwrap());
        assert_eq!((postgres.died(), shown(postgres)), (None, "paused".into()));
    }
    postgres.resume().unwrap();
    assert_eq!(busy.join().unwrap(), 5_000_000);
    for client in &mut clients {
        client.batch_execute("SELECT 1").unwrap();
    }
    assert_eq!(postgres.state().unwrap(), State::Running);
    assert_eq!(shown(postgres), "running");
    postgres.resume().unwrap();
}

#[test]
fn a_client_waits_while_its_server_is_paused() {
    let redis = daemons::redis().start().unwrap();
    let late = redis.paused(|| ping(&redis)).unwrap().unwrap_err();
    assert_eq!(late.kind(), ErrorKind::WouldBlock);
    ping(&redis).unwrap();
    // A pause ends with the closure, also when that panics.
    let panics = || redis.paused(|| panic!("as told")).unwrap();
    catch_unwind(AssertUnwindSafe(panics)).unwrap_err();
    ping(&redis).unwrap();
}

#[test]
fn what_is_paused_is_stopped_killed_and_started_as_usual() {
    type Act = fn(&Instance<Redis>) -> Result<()>;
    let redis = daemons::redis().start().unwrap();
    let (url, dir) = (redis.url().to_owned(), redis.dir().to_owned());
    let acts: [Act; 4] = [
        Instance::restart,
        Instance::start,
        |redis| redis.stop().and_then(|()| redis.start()),
        |redis| redis.kill().and_then(|()| redis.start()),
    ];
    for act in acts {
        let before = redis.pid();
        redis.pause().unwrap();
        act(&redis).unwrap();
        assert!(!alive(before) && redis.pid() != before);
        assert_eq!(redis.state().unwrap(), State::Running);
        ping(&redis).unwrap();
    }
    assert_eq!((redis.url(), redis.dir()), (&*url, &*dir));
    redis.pause().unwrap();
    redis.kill().unwrap();
    assert_eq!(redis.state().unwrap(), State::Signaled(9));
    assert_eq!(shown(&redis), "stopped");
    ping(&redis).unwrap_err();
    redis.kill().unwrap();
    redis.stop().unwrap();
    // It was asked for, so nobody is told that it died.
    assert!(redis.died().is_none());
}

#[test]
fn what_does_not_run_is_neither_paused_nor_resumed() {
    let redis = daemons::redis().start().unwrap();
    redis.stop().unwrap();
    let wanted = "`redis`: it is not running (killed by SIGKILL); start it first";
    let error = redis.pause().unwrap_err().to_string();
    assert_eq!(error, format!("cannot pause {wanted}"));
    let error = redis.resume().unwrap_err().to_string();
    assert_eq!(error, format!("cannot resume {wanted}"));
    redis.start().unwrap();
    // Somebody else kills it while it is paused.
    redis.pause().unwrap();
    kill(Pid::from_raw(redis.pid().cast_signed()), Signal::SIGKILL).unwrap();
    eventually("its end is known", || redis.died());
    let error = redis.resume().unwrap_err().to_string();
    assert_eq!(error, format!("cannot resume {wanted}"));
    redis.restart().unwrap();
    ping(&redis).unwrap();
    let error = redis.process("node7").pause().unwrap_err().to_string();
    assert!(
        error.starts_with("cannot find the process `node7` of `redis`"),
        "{error}"
    );
}

#[test]
fn what_others_use_too_is_not_a_tests_to_pause() {
    let own = daemons::postgres().start().unwrap();
    let shared = daemons::postgres().acquire().unwrap();
    type Act = fn(&Instance<Postgres>) -> Result<()>;
    let acts: [(&str, Act); 6] = [
        ("pause", Instance::pause),
        ("resume", Instance::resume),
        ("kill", Instance::kill),
        ("stop", Instance::stop),
        ("start", Instance::start),
        ("start", Instance::restart),
    ];
    for (doing, act) in acts {
        let error = act(&shared).unwrap_err().to_string();
        let wanted = "`postgres`: tests share it; use `scope = \"test\"` for a dedicated server";
        assert_eq!(error, format!("cannot {doing} {wanted}"));
    }
    let error = shared.process("").pause().unwrap_err().to_string();
    assert!(
        error.starts_with("cannot pause processes of `postgres`: tests share it"),
        "{error}"
    );
    assert_eq!(shared.state().unwrap(), State::Running);
    // An existing server is not ours at all.
    let mut command = Command::new(env!("CARGO_BIN_EXE_halt"));
    fixtured_tests::without_runner(&mut command);
    let output = command
        .arg("--existing")
        .env("FIXTURED_POSTGRES_URL", own.url())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(
        said.trim_end(),
        "cannot pause `postgres`: it is an existing server; unset the variable that names it, and use `scope = \"test\"` for a dedicated server"
    );
    assert_eq!(own.state().unwrap(), State::Running);
}

#[test]
fn a_reset_waits_for_nobody_who_is_paused() {
    let init = "migrations";
    let postgres = daemons::postgres().init(init).start().unwrap();
    let users = || {
        let mut client = Client::connect(postgres.url(), NoTls).unwrap();
        let query = "SELECT count(*) FROM users";
        let count: i64 = client.query_one(query, &[]).unwrap().get(0);
        let add = "INSERT INTO users (name) VALUES ($1)";
        client.execute(add, &[&format!("user {count}")]).unwrap();
        count
    };
    assert_eq!(users(), 1);
    postgres.pause().unwrap();
    let error = postgres.reset().unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot reset `postgres`: it is paused; resume it first"
    );
    postgres.resume().unwrap();
    assert_eq!(users(), 2);
    postgres.reset().unwrap();
    assert_eq!(users(), 1);
    // The server that is started again has the same databases.
    postgres.restart().unwrap();
    assert_eq!(users(), 2);
    postgres.reset().unwrap();
    assert_eq!(users(), 1);
}

#[with_daemon(
    "sh -c 'setsid sh -c \"sleep 1000 & sleep 1000\" & (setsid sleep 1000 &) ; echo ready; wait'",
    output = "ready"
)]
#[test]
fn what_has_left_its_group_and_its_parent_is_paused_too(sh: &Instance<Program>) {
    // Both shells have started what they start.
    eventually("it has six processes", || {
        (pids(sh).len() >= 5).then_some(())
    });
    let pids = pids(sh);
    sh.pause().unwrap();
    assert!(pids.iter().all(|pid| is_halted(*pid)));
    sh.resume().unwrap();
    assert!(!pids.iter().any(|pid| is_halted(*pid)));
    sh.pause().unwrap();
    sh.kill().unwrap();
    assert!(!pids.iter().any(|pid| alive(*pid)));
}

#[tokio::test]
async fn nobody_else_on_the_runtime_waits() {
    let redis = daemons::redis().start_async().await.unwrap();
    redis.pause_async().await.unwrap();
    assert_eq!(redis.state().unwrap(), State::Paused);
    redis.resume_async().await.unwrap();
    redis.restart_async().await.unwrap();
    redis.kill_async().await.unwrap();
    redis.start_async().await.unwrap();
    redis.stop_async().await.unwrap();
    assert!(!redis.state().unwrap().runs());
}
