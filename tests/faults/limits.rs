//! Where the system gives no more, somebody is told which limit was reached, and nobody waits for ever.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fixtured_tests::{eventually, marked, scratch_directory, without_runner};
use nix::unistd::geteuid;

/// A user that nobody is: the limit of processes counts all that a user has.
const NOBODY: u32 = 54_321;

/// Longer than any deadline here, on a busy machine.
const LONG: Duration = Duration::from_secs(55);

/// The shell is bash, since not every other one knows the limit of processes.
///
/// What each of several processes of one session says, which all use one server this often, all under the limits that the shell sets.
fn crowd(
    name: &str,
    limits: &str,
    processes: usize,
    count: usize,
    supervisor_dies: bool,
) -> Vec<String> {
    let dir = scratch_directory(name).unwrap();
    // As an ordinary user it must be able to run the program.
    let program = dir.join("crowd");
    fs::copy(env!("CARGO_BIN_EXE_crowd"), &program).unwrap();
    let kept = dir.join("kept");
    fs::create_dir(&kept).unwrap();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
    let user = geteuid().is_root().then_some(NOBODY);
    chown(&kept, user, user).unwrap();
    let answers = session(&program, &kept, limits, processes, count);
    if supervisor_dies {
        // What it has left is for the next session, or for the one after that, if it is still dying now.
        eventually("a next session removes what is left", || {
            let left = sessions(&kept);
            assert_eq!(session(&program, &kept, "true", 1, 1), ["held 1"]);
            left.is_disjoint(&sessions(&kept)).then_some(())
        });
    }
    nothing_is_left(&kept);
    answers
}

/// One session of such processes.
fn session(
    program: &Path,
    kept: &Path,
    limits: &str,
    processes: usize,
    count: usize,
) -> Vec<String> {
    let user = geteuid().is_root().then_some(NOBODY);
    let began = Instant::now();
    let mut runner = Command::new("cat")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let start = |_| {
        let mut command = match user {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args([format!("--reuid={user}"), format!("--regid={user}")]);
                command.args(["--clear-groups", "bash"]);
                command
            }
            None => Command::new("bash"),
        };
        without_runner(&mut command);
        command
            .args(["-c", &format!("{limits}; exec \"$0\" {count}")])
            .arg(program)
            .env("FIXTURED_DIR", kept)
            .env("FIXTURED_SESSION", runner.id().to_string())
            .current_dir("/")
            .stdout(Stdio::piped());
        command.spawn().unwrap()
    };
    let all: Vec<_> = (0..processes).map(start).collect();
    let answers = all.into_iter().map(|child| answer(child, began)).collect();
    drop(runner.stdin.take());
    runner.wait().unwrap();
    answers
}

fn answer(mut child: Child, began: Instant) -> String {
    while child.try_wait().unwrap().is_none() {
        if began.elapsed() > LONG {
            child.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut said = String::new();
    child.stdout.unwrap().read_to_string(&mut said).unwrap();
    said.trim().into()
}

/// The directories of sessions.
fn sessions(kept: &Path) -> BTreeSet<PathBuf> {
    let below = |dir: &Path| fs::read_dir(dir).into_iter().flatten().flatten();
    let users = below(kept).map(|user| user.path());
    users
        .flat_map(|user| {
            below(&user)
                .map(|session| session.path())
                .collect::<Vec<_>>()
        })
        .collect()
}

fn nothing_is_left(kept: &Path) {
    eventually("nothing is left", || {
        let files = fs::read_dir(kept).unwrap().next();
        (files.is_none() && marked(&kept.display().to_string()).is_empty()).then_some(())
    });
}

/// All have what they want, or are told of this limit; at least one is.
fn check(answers: &[String], held: &str, limit: &str) {
    for answer in answers {
        let told = answer.starts_with("error ") && answer.contains(limit);
        assert!(told || answer == held, "{answers:#?}");
    }
    assert!(answers.iter().any(|answer| answer != held), "{answers:#?}");
}

#[test]
fn open_files() {
    let answers = crowd("limit-n", "ulimit -n 64", 3, 30, false);
    check(&answers, "held 30", "64 for a process (`ulimit -n`");
}

/// Wherever it is reached, it is named, and at once.
#[test]
fn any_number_of_open_files() {
    let mut held = 0;
    for most in 4..32 {
        let answers = crowd(
            &format!("limit-n-{most}"),
            &format!("ulimit -n {most}"),
            1,
            1,
            false,
        );
        held = if answers == ["held 1"] { held + 1 } else { 0 };
        let told = answers[0].starts_with("error ") && answers[0].contains("`ulimit -n`");
        assert!(told || held > 0, "{most}: {answers:?}");
        assert!(
            !answers[0].contains("did not answer within"),
            "{most}: {answers:?}"
        );
    }
    assert!(held > 0);
}

/// A user has more processes than these tests make, so a limit may be too low for anything.
#[test]
fn any_number_of_processes() {
    for most in 1..16 {
        let answers = crowd(
            &format!("limit-u-{most}"),
            &format!("ulimit -u {most}"),
            1,
            1,
            true,
        );
        let told = answers[0].starts_with("error ") && answers[0].contains("`ulimit -u`");
        assert!(told || answers == ["held 1"], "{most}: {answers:?}");
        assert!(
            !answers[0].contains("did not answer within"),
            "{most}: {answers:?}"
        );
    }
}

#[test]
fn processes_and_threads() {
    let answers = crowd("limit-u", "ulimit -u 20", 3, 15, false);
    check(&answers, "held 15", "20 for this user (`ulimit -u`");
}

#[test]
fn the_size_of_files() {
    let answers = crowd("limit-f", "ulimit -f 0", 1, 1, false);
    check(
        &answers,
        "held 1",
        "a file may have at most 0 bytes (`ulimit -f`)",
    );
}

/// How little memory is too little depends on the machine. With too little the test process itself cannot run, and says nothing.
#[test]
fn memory() {
    let least = (6..40).map(|mib| {
        let limits = format!("ulimit -v {}", mib * 1024);
        let answers = crowd(&format!("limit-v-{mib}"), &limits, 1, 1, true);
        answers.concat()
    });
    let told = |answer: &str| answer.starts_with("error ") && answer.contains("`ulimit -v`");
    let mut before = String::new();
    for answer in least {
        assert!(
            answer.is_empty() || answer == "held 1" || told(&answer),
            "{answer}"
        );
        before = answer;
        if before == "held 1" {
            break;
        }
    }
    assert_eq!(before, "held 1");
}
