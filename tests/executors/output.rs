//! What a process reads and prints.

use std::fs;
use std::io::{BufRead, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use fixtured::launch::{Input, Output};
use fixtured::{
    Acquire, ErrorKind, HttpExecutor, OutputExecutor, SimpleExecutor, TcpExecutor, daemons,
};
use fixtured_tests::{alive, eventually, scratch_directory, supervisor_of};

const MISBEHAVE: &str = env!("CARGO_BIN_EXE_misbehave");

/// Reads what an executor has printed, once it ends with `end`.
fn printed(end: &str, mut read: impl FnMut() -> String) -> String {
    let look = || Some(read()).filter(|text| text.ends_with(end));
    eventually("it has printed", look).0
}

fn output<K: fixtured::executor::Kind>(executor: &fixtured::ExecutorOf<K>) -> String {
    let mut text = String::new();
    executor
        .output()
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

#[test]
fn standard_input_is_empty_unless_it_is_said() {
    let dir = scratch_directory("stdin").unwrap();
    fs::write(dir.join("file"), "from a file\n").unwrap();
    for (input, wanted) in [
        (Input::Empty, "end\n"),
        (Input::Text("a text\n".into()), "a text\nend\n"),
        (Input::File(dir.join("file")), "from a file\nend\n"),
    ] {
        let mut cat = SimpleExecutor::new("sh -c 'cat; echo end; exec sleep 1000'").stdin(input);
        cat.start().unwrap();
        assert_eq!(printed("end\n", || output(&cat)), wanted);
    }
    let missing = Input::File(dir.join("missing"));
    let error = SimpleExecutor::new("cat")
        .stdin(missing)
        .start()
        .map(drop)
        .unwrap_err();
    assert!(error.to_string().starts_with("cannot read `"), "{error}");
}

#[test]
fn an_open_standard_input_does_not_end_before_the_process_does() {
    let mut cat = SimpleExecutor::new("cat").stdin(Input::Open);
    cat.start().unwrap();
    let pid = cat.pid().unwrap();
    // One whose input ends is gone in no time, so this other one shows that time was enough.
    let mut other = SimpleExecutor::new("cat");
    other.start().unwrap();
    eventually("the other has ended", || (!other.running()).then_some(()));
    assert!(alive(pid) && cat.running());
    cat.stop().unwrap();
    assert!(!alive(pid));
}

#[test]
fn both_outputs_go_where_it_is_said() {
    let dir = scratch_directory("streams").unwrap();
    let both = "sh -c 'echo out; echo err >&2; exec sleep 1000'";
    let path = dir.join("file");
    fs::write(&path, "before\n").unwrap();

    let mut apart = SimpleExecutor::new(both);
    apart.start().unwrap();
    assert_eq!(printed("out\n", || output(&apart)), "out\n");
    let errors = printed("err\n", || {
        let mut text = String::new();
        apart
            .err_output()
            .unwrap()
            .read_to_string(&mut text)
            .unwrap();
        text
    });
    assert_eq!(errors, "err\n");

    let mut together = SimpleExecutor::new(both).stderr(Output::Log);
    together.start().unwrap();
    assert_eq!(printed("err\n", || output(&together)), "out\nerr\n");

    let mut file = SimpleExecutor::new(both)
        .stdout(Output::File(path.clone()))
        .stderr(Output::Null);
    file.start().unwrap();
    assert_eq!(printed("out\n", || output(&file)), "out\n");
    let error = file.err_output().unwrap_err();
    assert!(error.to_string().contains("it is discarded"), "{error}");
    drop(file);
    // A file of the user's stays, with what was in it.
    assert_eq!(fs::read_to_string(&path).unwrap(), "before\nout\n");

    let nowhere = Output::File(dir.join("nowhere/file"));
    let error = SimpleExecutor::new(both)
        .stdout(nowhere)
        .start()
        .map(drop)
        .unwrap_err();
    assert!(
        error.to_string().starts_with("cannot write to `"),
        "{error}"
    );
}

#[test]
fn a_banner_may_be_in_either_output_or_in_a_file() {
    let dir = scratch_directory("banner").unwrap();
    let command = "sh -c 'echo one >&2; echo ready >&2; echo two >&2; echo zero; exec sleep 1000'";
    let mut server = OutputExecutor::new(command, "^ready$");
    server.start().unwrap();
    let mut rest = server.err_output().unwrap();
    let mut line = String::new();
    eventually("the next line is there", || {
        (rest.read_line(&mut line).unwrap() > 0).then_some(())
    });
    assert_eq!(line, "two\n");
    assert_eq!(printed("zero\n", || output(&server)), "zero\n");

    let file = Output::File(dir.join("file"));
    let command = "sh -c 'echo one; echo ready; exec sleep 1000'";
    OutputExecutor::new(command, "^ready$")
        .stdout(file)
        .start()
        .unwrap();

    // Nobody can see it there.
    let error = OutputExecutor::new(command, "^ready$")
        .stdout(Output::Null)
        .timeout("300ms")
        .start()
        .map(drop)
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::TimeoutExpired);
}

#[test]
fn output_can_be_read_while_the_process_runs_and_after_it_has_stopped() {
    let mut server = SimpleExecutor::new("sh -c 'echo one; echo two; exec sleep 1000'");
    server.start().unwrap();
    let mut reader = server.output().unwrap();
    let mut lines = Vec::new();
    eventually("two lines are there", || {
        lines.extend(reader.by_ref().lines().map_while(Result::ok));
        (lines.len() == 2).then_some(())
    });
    assert_eq!(lines, ["one", "two"]);
    server.stop().unwrap();
    assert_eq!(output(&server), "one\ntwo\n");
    // A new start prints anew; a reader from before reads on.
    server.start().unwrap();
    assert_eq!(printed("two\n", || output(&server)), "one\ntwo\n");
    assert_eq!(reader.lines().next().unwrap().unwrap(), "one");
    let error = SimpleExecutor::new("true").output().unwrap_err();
    assert!(
        error.to_string().contains("has not been started"),
        "{error}"
    );
}

#[test]
fn of_a_long_output_the_newest_part_is_kept() {
    const LIMIT: u64 = 256 << 10;
    let command = r#"sh -c 'seq 1 1000000; echo done >&2; exec sleep 1000'"#;
    let mut long = OutputExecutor::new(command, "^done$").output_limit(LIMIT);
    let early = long.start().unwrap().output().unwrap();
    let (mut reader, _) = eventually("the rest is given back", || {
        let mut reader = long.output().unwrap();
        let mut first = String::new();
        reader.read_line(&mut first).unwrap();
        (first != "1\n").then_some(reader)
    });
    let whole: u64 = (1..=1_000_000_u64)
        .map(|number| number.to_string().len() as u64 + 1)
        .sum();
    assert_eq!(reader.seek(SeekFrom::End(0)).unwrap(), whole);
    for reader in [early, long.output().unwrap()] {
        let lines: Vec<u64> = reader
            .lines()
            .map(|line| line.unwrap().parse().unwrap())
            .collect();
        // Whole lines without a gap, up to the end.
        assert_eq!(*lines.last().unwrap(), 1_000_000);
        assert!(lines.windows(2).all(|pair| pair[0] + 1 == pair[1]));
        assert!(
            lines.len() > 30_000 && lines.len() < 200_000,
            "{}",
            lines.len()
        );
    }
    let error = TcpExecutor::new(["sh", "-c", "seq 1 1000000; exit 3"], "127.0.0.1", "{port}")
        .output_limit(LIMIT)
        .start()
        .map(drop)
        .unwrap_err();
    assert!(
        error.to_string().ends_with("| 999999\n    | 1000000"),
        "{error}"
    );
}

/// What a process takes of the memory, at most so far.
fn peak_memory(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
    kilobytes << 10
}

/// 10 GB neither block the process, nor grow anybody's memory, nor fill the disk.
#[test]
fn ten_gigabytes_are_printed_without_harm() {
    const SIZE: u64 = 10_000_000_000;
    const KEPT: u64 = 64 << 20;
    let mut flood = SimpleExecutor::new([MISBEHAVE, "flood", "10000000000"]);
    flood.start().unwrap();
    // A shared server's log is in the session's directory.
    let postgres = daemons::postgres().acquire().unwrap();
    let supervisor = supervisor_of(postgres.log().parent().unwrap()).unwrap();
    let log = flood_log(postgres.log().parent().unwrap());
    let before = [peak_memory(supervisor.pid), peak_memory(std::process::id())];
    let mut most = 0;
    eventually("all is printed", || {
        most = most.max(fs::metadata(&log).unwrap().blocks() * 512);
        (fs::metadata(&log).unwrap().len() >= SIZE).then_some(())
    });
    let (kept, _) = eventually("the rest is given back", || {
        let kept = fs::metadata(&log).unwrap().blocks() * 512;
        (kept <= KEPT + KEPT / 2).then_some(kept)
    });
    let lines = flood.output().unwrap().lines();
    let last = lines.map(Result::unwrap).last().unwrap();
    assert_eq!(last, format!("done {SIZE}"));
    let after = [peak_memory(supervisor.pid), peak_memory(std::process::id())];
    let grown: Vec<_> = after
        .iter()
        .zip(before)
        .map(|(after, before)| (after - before) >> 10)
        .collect();
    println!(
        "10 GB printed: {} MiB on the disk at most, {} MiB at the end; memory grown by {} KiB (supervisor) and {} KiB (test)",
        most >> 20,
        kept >> 20,
        grown[0],
        grown[1]
    );
    assert!(
        grown.iter().all(|kilobytes| *kilobytes < 8 << 10),
        "{grown:?}"
    );
    assert!(flood.running());
    flood.stop().unwrap();
}

/// The log of the flood: its name begins with the program's.
fn flood_log(session: &Path) -> std::path::PathBuf {
    let entries = fs::read_dir(session)
        .unwrap()
        .flatten()
        .map(|entry| entry.path());
    let is_log = |path: &std::path::PathBuf| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with("misbehave-") && name.ends_with(".log")
    };
    entries
        .max_by_key(|path| {
            (
                is_log(path),
                fs::metadata(path).map_or(0, |found| found.len()),
            )
        })
        .unwrap()
}

#[test]
fn an_address_is_told_as_far_as_it_is_known() {
    let command = "python3 -m http.server {port} --bind 127.0.0.1";
    let mut server = HttpExecutor::new(command, "http://127.0.0.1:{port}/");
    assert!(server.url().is_err());
    server.start().unwrap();
    let port = server.port().unwrap();
    assert_eq!(server.url().unwrap(), format!("http://127.0.0.1:{port}"));
    assert!(server.dir().unwrap().is_dir());
    let mut simple = SimpleExecutor::new("sleep 1000");
    simple.start().unwrap();
    for error in [
        simple.port().map(drop).unwrap_err(),
        simple.url().map(drop).unwrap_err(),
    ] {
        assert!(error.to_string().contains("contains an address"), "{error}");
    }
}

#[test]
fn output_starts_with_a_whole_line_after_a_banner_that_had_not_ended() {
    let dir = scratch_directory("banner").unwrap();
    let go = dir.join("go");
    let script = format!(
        "printf 'ready on port '; until test -e {}; do sleep 0.01; done; echo 80; echo next; exec sleep 1000",
        go.display()
    );
    let mut server = OutputExecutor::new(["sh", "-c", &script], "^ready on");
    server.start().unwrap();
    assert_eq!(output(&server), "");
    fs::write(go, "").unwrap();
    assert_eq!(printed("next\n", || output(&server)), "next\n");
}
