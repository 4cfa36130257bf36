//! The daemons of asynchronous tests end while the runtime goes on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use fixtured::__private::Test;
use fixtured::daemons::Program;
use fixtured::{Scope, with_daemon};
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
