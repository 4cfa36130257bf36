//! The daemons of asynchronous tests start and end while the runtime goes on.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fixtured::__private::Test;
use fixtured::daemons::Program;
use fixtured::{Acquire, ErrorKind, Executor, OutputExecutor, Scope, SimpleExecutor, with_daemon};
use fixtured_tests::{alive, drop_and_look, eventually, scratch_directory};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

/// How long the server may wait for its client. Whoever blocks the runtime waits as long.
const GRACE: Duration = Duration::from_secs(40);

/// Longer than an end takes on a busy machine, and less than the grace.
const SOON: Duration = Duration::from_secs(20);

/// A connection that a task of the runtime holds until the body of the test is over, and how it is told so.
async fn connect(port: u16) -> oneshot::Sender<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream.write_all(b"hello\n").await.unwrap();
    let (over, is_over) = oneshot::channel::<()>();
    tokio::spawn(async move {
        let _ = is_over.await;
        drop(stream);
    });
    over
}

/// A test with a server that waits for its client when it is stopped, on a runtime of one thread.
fn run(body: impl AsyncFnOnce(oneshot::Sender<()>) -> Result<(), String>) -> Duration {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let began = Instant::now();
    let test = Test::new("asynchronous");
    let ran = catch_unwind(AssertUnwindSafe(|| {
        runtime.unwrap().block_on(async {
            let drain = Program::bin("misbehave", env!("CARGO_BIN_EXE_misbehave"))
                .args(["drain", "{port}"])
                .tcp("127.0.0.1:{port}")
                .grace(GRACE);
            let server = test.ready(test.begin(drain, Some(Scope::Test))).unwrap();
            let port = server.port();
            let _ = test.end(async { body(connect(port).await).await }).await;
            // As at the end of a test that a macro has made.
            drop(server);
        });
    }));
    drop(ran);
    began.elapsed()
}

#[test]
fn a_server_that_waits_for_a_connection_of_the_test_ends_at_once() {
    let took = run(async |_over| Ok(()));
    assert!(took < SOON, "{took:?}");
}

#[test]
fn so_it_does_when_the_test_fails() {
    let took = run(async |_over| Err("as it was told".into()));
    assert!(took < SOON, "{took:?}");
}

#[test]
fn so_it_does_when_the_test_panics() {
    let took = run(async |_over| panic!("as it was told"));
    assert!(took < SOON, "{took:?}");
}

/// The same as the macros make it; one that blocked would take the whole grace, and kill the server.
#[with_daemon(bin = "misbehave" as drain, args = ["drain", "{port}"], tcp = "127.0.0.1:{port}", grace = "40s")]
#[tokio::test]
async fn a_fixture_of_a_macro(drain_port: u16) {
    let _over = connect(drain_port).await;
}

/// Starts something that is ready when another task of the same thread has come to its end.
fn beside<T, F: Future<Output = fixtured::Result<T>>>(
    name: &str,
    start: impl FnOnce(Program) -> F,
) -> T {
    let dir = scratch_directory(name).unwrap();
    let go = dir.join("go");
    let waits = "until test -e \"$GO\"; do sleep 0.01; done; echo ready; exec sleep 1000";
    let program = Program::new(waits).shell(true).output("ready");
    let program = program.env([("GO", go.display().to_string())]);
    let starting = start(program);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        let other = tokio::spawn(async move {
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            fs::write(go, "").unwrap();
        });
        let started = starting.await.unwrap();
        assert!(other.is_finished());
        started
    })
}

#[test]
fn a_start_leaves_the_runtime_to_other_tasks() {
    let own = beside("start_async", Acquire::start_async);
    assert!(alive(own.pid()));
    let shared = beside("acquire_async", Acquire::acquire_async);
    assert!(alive(shared.pid()));
    let pid = own.pid();
    drop(own);
    assert!(!alive(pid));
}

#[test]
fn so_does_that_of_an_executor() {
    let dir = scratch_directory("started_async").unwrap();
    let go = dir.join("go");
    let (sign, made) = (go.clone(), go.clone());
    let asked = Arc::new(AtomicBool::new(false));
    let was_asked = Arc::clone(&asked);
    let server = Executor::new("sleep 1000", move || {
        let holds = sign.exists();
        asked.store(true, Ordering::Relaxed);
        holds
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let server = runtime.unwrap().block_on(async {
        let other = tokio::spawn(async move {
            // The condition must not hold before the start.
            while !was_asked.load(Ordering::Relaxed) {
                tokio::task::yield_now().await;
            }
            fs::write(made, "").unwrap();
        });
        let server = server.started_async().await.unwrap();
        assert!(other.is_finished());
        server
    });
    drop_and_look(server);
}

/// Drops the future of a start that never ends, once the process runs.
fn abandon<T>(name: &str, start: impl AsyncFnOnce(String) -> fixtured::Result<T>) {
    let dir = scratch_directory(name).unwrap();
    let file = dir.join("pid");
    let command = format!("echo $$ > {}; exec sleep 1000", file.display());
    let mut pid = None;
    let running = async {
        while pid.is_none() {
            tokio::task::yield_now().await;
            pid = fs::read_to_string(&file)
                .ok()
                .and_then(|text| text.trim().parse().ok());
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        tokio::select! {
            result = start(command) => panic!("it ended: {:?}", result.map(drop)),
            () = running => {}
        }
    });
    let pid = pid.unwrap();
    eventually("its process is gone", || (!alive(pid)).then_some(()));
}

#[test]
fn a_start_that_nobody_waits_for_leaves_nothing() {
    abandon("dropped-executor", async |command| {
        let server = OutputExecutor::new(command, "never").shell(true);
        server.started_async().await
    });
    abandon("dropped-start", async |command| {
        let server = Program::new(command).shell(true).output("never");
        server.start_async().await
    });
}

#[test]
fn an_error_of_an_asynchronous_start_is_that_of_the_start() {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    let runtime = runtime.unwrap();
    let missing = Program::new("no-such-program").start_async();
    let error = runtime.block_on(missing).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotInstalled);
    let missing = SimpleExecutor::new("no-such-program").started_async();
    let error = runtime.block_on(missing).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotInstalled);
}
