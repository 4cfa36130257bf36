//! What one test has promised to prepare, others wait for; so it comes before whatever that test waits for itself.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fixtured_tests::without_runner;

/// How long a round may take on a busy machine; it is killed then.
const DEADLINE: Duration = Duration::from_secs(50);

const ROUNDS: usize = 5;

fn opposite(orders: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_opposite"));
    without_runner(&mut command);
    command.args(orders);
    command
}

/// Whether all end, and well, before the deadline.
fn all_end(mut children: Vec<Child>) -> bool {
    let began = Instant::now();
    let mut end = |child: &mut Child| loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.success();
        }
        if began.elapsed() > DEADLINE {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let ended: Vec<_> = children.iter_mut().map(&mut end).collect();
    ended.iter().all(|ended| *ended)
}

/// As `cargo test` runs them.
#[test]
fn two_tests_of_one_process_that_prepare_in_opposite_order_both_pass() {
    for round in 0..ROUNDS {
        let both = opposite(&["ab", "ba"]).spawn().unwrap();
        assert!(all_end(vec![both]), "round {round}");
    }
}

/// As nextest runs them.
#[test]
fn two_processes_that_prepare_in_opposite_order_both_pass() {
    for round in 0..ROUNDS {
        // A new session for each round, of which this is the runner.
        let mut runner = Command::new("cat")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let session = runner.id().to_string();
        let start = |order| opposite(&[order]).env("FIXTURED_SESSION", &session).spawn();
        let both = vec![start("ab").unwrap(), start("ba").unwrap()];
        let passed = all_end(both);
        drop(runner.stdin.take());
        runner.wait().unwrap();
        assert!(passed, "round {round}");
    }
}
