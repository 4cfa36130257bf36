//! Where the disk of a session is full, a start says so, and leaves nothing.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fixtured_tests::{eventually, marked, scratch_directory, without_runner};
use nix::unistd::{getegid, geteuid};

/// Longer than any deadline here, on a busy machine.
const LONG: Duration = Duration::from_secs(55);

/// Mounts a small disk, runs a program there, and then shows what is left on the disk when it has had the time to go.
const SCRIPT: &str = r#"
mount -t tmpfs -o "mode=755,$SIZE" none "$FIXTURED_DIR"
$BACK sh -c '
    "$0" "$@"
    tries=0
    while [ -n "$(ls -A "$FIXTURED_DIR")" ] && [ $tries -lt 300 ]; do sleep 0.1; tries=$((tries + 1)); done
    find "$FIXTURED_DIR" -mindepth 1 | sed "s/^/LEFT /"
' "$0" "$@"
"#;

/// What a program says that works on a disk of its own, which has this size; nothing where there can be no such disk.
fn on_a_disk(dir: &Path, size: &str, cache: &str, command: &[&str]) -> Option<String> {
    let disk = dir.join("disk");
    std::fs::create_dir_all(&disk).unwrap();
    let run = |words: &[&str]| {
        let mut unshare = Command::new("unshare");
        without_runner(&mut unshare);
        // An ordinary user is root for as long as it takes to mount something.
        let (own, back) = match geteuid().is_root() {
            true => ("-m", String::new()),
            false => {
                let (user, group) = (geteuid(), getegid());
                let back = format!("unshare -U --map-user={user} --map-group={group}");
                ("-rm", back)
            }
        };
        unshare.args([own, "sh", "-ec", SCRIPT]).args(words);
        unshare.env("SIZE", size).env("BACK", back);
        unshare.env("FIXTURED_DIR", &disk);
        unshare.env("XDG_CACHE_HOME", dir.join(cache));
        unshare.current_dir("/").stdin(Stdio::null());
        unshare.output().unwrap()
    };
    let allowed = run(&["true"]);
    if !allowed.status.success() {
        println!("{}", String::from_utf8_lossy(&allowed.stderr));
        return None;
    }
    let began = Instant::now();
    let output = run(command);
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(began.elapsed() < LONG, "{:?}: {text}", began.elapsed());
    let disk = disk.display().to_string();
    eventually("no process is left", || {
        marked(&disk).is_empty().then_some(())
    });
    Some(text)
}

const START: &str = env!("CARGO_BIN_EXE_start");
const CROWD: &str = env!("CARGO_BIN_EXE_crowd");

/// Checks what is said on disks of these sizes: it has these words in it, and the path of the disk where it is no success.
fn check(name: &str, cache: &str, rows: &[(&str, &[&str], &[&str])]) {
    let dir = scratch_directory(name).unwrap();
    let path = dir.join("disk").display().to_string();
    for (size, command, wanted) in rows {
        let Some(text) = on_a_disk(&dir, size, cache, command) else {
            return;
        };
        let what = format!("{size}, {}:\n{text}", command.join(" "));
        for word in *wanted {
            assert!(text.contains(word), "`{word}`, {what}");
        }
        assert!(text.contains(&path) || text.contains("held 1"), "{what}");
        assert!(!text.contains("LEFT "), "{what}");
    }
}

const FULL: &str = "No space left on device (os error 28); the file system is full; set FIXTURED_DIR to a directory on another one";

#[test]
fn a_process() {
    let crowd: &[&str] = &[CROWD, "1"];
    check(
        "full-process",
        "cache",
        &[
            (
                "nr_inodes=2",
                crowd,
                &["error cannot use the directory", FULL],
            ),
            ("nr_inodes=3", crowd, &["error cannot lock", FULL]),
            (
                "nr_inodes=4",
                crowd,
                &["error cannot lock the session", FULL],
            ),
            ("nr_inodes=5", crowd, &["error cannot ", FULL]),
            (
                "nr_inodes=6",
                crowd,
                &["error cannot write to the directory", FULL],
            ),
            (
                "size=4k",
                crowd,
                &[
                    "error `sh` was not ready after 10 s: no line of its output matched",
                    "disk:    the file system of the log is full; set FIXTURED_DIR to a directory on another one",
                ],
            ),
            ("size=64k", crowd, &["held 1"]),
            ("size=1m", crowd, &["held 1"]),
        ],
    );
}

#[test]
fn redis() {
    let redis: &[&str] = &[START, "own", "redis"];
    check(
        "full-redis",
        "cache",
        &[
            ("nr_inodes=3", redis, &["cannot lock", FULL]),
            ("size=4k", redis, &["cannot write", "server.conf`", FULL]),
            ("size=64k", redis, &["\nready\n"]),
            ("size=1m", redis, &["\nready\n"]),
        ],
    );
}

#[test]
fn postgres() {
    let postgres: &[&str] = &[START, "own", "postgres"];
    check(
        "full-postgres",
        "cache",
        &[
            // What the others copy is made here.
            ("size=100m", postgres, &["\nready\n"]),
            ("nr_inodes=8", postgres, &["cannot ", FULL]),
            (
                "size=64k",
                postgres,
                &["cannot copy prepared data to", FULL],
            ),
            ("size=1m", postgres, &["cannot copy prepared data to", FULL]),
            (
                "size=24m",
                postgres,
                &["cannot copy prepared data to", FULL],
            ),
        ],
    );
}

/// Without a cache its data is made on the full disk, and by its own program.
#[test]
fn postgres_without_a_cache() {
    let postgres: &[&str] = &[START, "own", "postgres"];
    check(
        "full-initdb",
        "/proc/nowhere",
        &[
            ("size=64k", postgres, &["initdb", "No space left on device"]),
            ("size=8m", postgres, &["initdb", "No space left on device"]),
            ("size=24m", postgres, &["initdb", "No space left on device"]),
        ],
    );
}

const FILL: &str = env!("CARGO_BIN_EXE_fill");

/// Takes as many databases as there is room for on a small disk. Those that are ready for other tests go first.
fn fill(name: &str, base: &str, size: &str, script: &str) {
    let dir = scratch_directory(&format!("fill-{name}")).unwrap();
    let init = ["1.sql", "2.sql"].map(|file| {
        let path = dir.join(file);
        std::fs::write(
            &path,
            format!("{script};\nCREATE TABLE t{} (a int);", &file[..1]),
        )
        .unwrap();
        path.display().to_string()
    });
    let command = [FILL, name, &init[0], &init[1], base];
    let Some(text) = on_a_disk(&dir, size, "cache", &command) else {
        return;
    };
    for wanted in [
        "held ",
        "could not be created: ",
        "\n  disk:    ",
        " MB; set FIXTURED_DIR to a directory on another one\n",
        "\nagain\n",
    ] {
        assert!(text.contains(wanted), "`{wanted}`, {text}");
    }
    assert!(
        !text.contains("held 0") && !text.contains("LEFT "),
        "{text}"
    );
}

#[test]
fn databases_of_postgres() {
    let script =
        "CREATE TABLE a AS SELECT repeat(n::text, 200) AS b FROM generate_series(1, 4000) AS n";
    fill("postgres", "data/base", "size=120m", script);
}

#[test]
fn databases_of_mariadb() {
    let script = "CREATE TABLE a AS SELECT repeat(seq, 200) AS b FROM seq_1_to_4000";
    fill("mariadb", "data", "size=120m", script);
}
