//! What holds for every daemon of the list: a test of each for each of them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use fixtured::__command_line::{ALL, Entry};
use fixtured_tests::{
    HEAVY, Process, eventually, free_port, is_left_out, leased, marked, test_name, without_runner,
};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let mut arguments = Arguments::from_args();
    // Each test waits for processes; how many run at once is for the runner to say.
    arguments.test_threads.get_or_insert(2);
    let mut trials = Vec::new();
    for daemon in ALL {
        let left_out = is_left_out(daemon);
        let mut add = |what: &str, left_out, test: fn(&'static Entry) -> Result<(), Failed>| {
            let trial = Trial::test(test_name(daemon, what), move || test(daemon));
            trials.push(trial.with_ignored_flag(left_out));
        };
        add("starts_twice_and_leaves_nothing", left_out, leaves_nothing);
        add("is_there_again_after_outages", left_out, outages);
        add("says_which_program_is_missing", false, missing);
        add("refuses_a_port_that_is_taken", left_out, taken_port);
        add("refuses_an_unknown_option", false, unknown_option);
    }
    trials.push(Trial::test(
        "heavy::all_in_one_session",
        one_after_the_other,
    ));
    trials.push(Trial::test("six_light_ones_at_once", at_once));
    libtest_mimic::run(&arguments, trials).exit();
}

/// The program `start` with its session.
struct Session {
    child: Child,
    started: Vec<Started>,
}

/// What `start` tells about a daemon.
struct Started {
    name: String,
    dir: PathBuf,
    log: PathBuf,
    ports: BTreeSet<u16>,
}

fn start(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_start"));
    command.args(words).stdin(Stdio::piped());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    without_runner(&mut command);
    command
}

impl Session {
    fn new(words: &[&str]) -> Result<Self, Failed> {
        let mut child = start(words).spawn()?;
        let output = child.stdout.take().map(BufReader::new).ok_or("no output")?;
        let mut started = Vec::new();
        for line in output.lines() {
            let line = line?;
            if line == "ready" {
                return Ok(Self { child, started });
            }
            let facts: serde_json::Value = serde_json::from_str(&line)?;
            let text = |name: &str| facts[name].as_str().unwrap_or_default().to_owned();
            let ports: BTreeMap<String, u16> = serde_json::from_value(facts["ports"].clone())?;
            started.push(Started {
                name: text("name"),
                dir: text("dir").into(),
                log: text("log").into(),
                ports: ports.into_values().collect(),
            });
        }
        let mut errors = String::new();
        if let Some(mut stderr) = child.stderr.take() {
            stderr.read_to_string(&mut errors)?;
        }
        child.wait()?;
        Err(errors.into())
    }

    /// Ends the session, and waits until nothing of it is left: processes, directories, ports.
    fn end(mut self) -> Result<(), Failed> {
        let session = self.started[0].log.parent().ok_or("no session")?.to_owned();
        let processes = marked(&session.display().to_string());
        assert!(
            processes.len() > self.started.len(),
            "there is a supervisor, and at least one process of each: {processes:?}"
        );
        drop(self.child.stdin.take());
        self.child.wait()?;
        let left = || {
            let runs = |process: &&Process| process.runs();
            let mut left: Vec<_> = processes
                .iter()
                .filter(runs)
                .map(|process| process.command.clone())
                .collect();
            for Started { dir, ports, .. } in &self.started {
                left.extend(dir.exists().then(|| dir.display().to_string()));
                let taken = ports.iter().filter(|port| leased(**port) != (false, false));
                left.extend(taken.map(|port| format!("port {port}")));
            }
            left.extend(session.exists().then(|| session.display().to_string()));
            left
        };
        let (_, took) = eventually("nothing is left", || {
            let left = left();
            left.is_empty().then_some(()).or_else(|| {
                std::thread::yield_now();
                None
            })
        });
        println!("nothing was left {took:?} after the end of the session");
        Ok(())
    }
}

fn leaves_nothing(daemon: &'static Entry) -> Result<(), Failed> {
    let name = daemon.names[0];
    let session = Session::new(&["own", name, name])?;
    let [first, second] = &session.started[..] else {
        return Err("there are not two".into());
    };
    assert_ne!(first.dir, second.dir);
    assert!(first.ports.is_disjoint(&second.ports), "they share ports");
    session.end()
}

fn outages(daemon: &'static Entry) -> Result<(), Failed> {
    Session::new(&["outages", daemon.names[0]])?.end()
}

fn missing(daemon: &'static Entry) -> Result<(), Failed> {
    let name = daemon.names[0];
    for software in (daemon.launch)().software {
        let mut command = start(&["own", name]);
        let output = command.env(&software.variable, "/nowhere").output()?;
        let said = String::from_utf8(output.stderr)?;
        let program = &software.programs[0];
        for wanted in [
            format!(
                "cannot start `{name}`: `{program}` is not in /nowhere ({})",
                software.variable
            ),
            format!("install: {}", software.install.commands()[0]),
        ] {
            assert!(said.contains(&wanted), "{said}");
        }
    }
    Ok(())
}

fn taken_port(daemon: &'static Entry) -> Result<(), Failed> {
    if !(daemon.options)()
        .iter()
        .any(|option| option.name == "port")
    {
        return Ok(());
    }
    let name = daemon.names[0];
    let port = free_port();
    let _listener = TcpListener::bind(("127.0.0.1", port))?;
    let words = format!("{name},port={port}");
    let output = start(&["own", &words]).output()?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(1), "{said}");
    let holder = format!("pid {}", std::process::id());
    assert!(
        said.contains(&port.to_string()) && said.contains(&holder),
        "{said}"
    );
    Ok(())
}

fn unknown_option(daemon: &'static Entry) -> Result<(), Failed> {
    let error = (daemon.configured)(&[("prot", "1")]).map(drop).err();
    let error = error.unwrap_or_default();
    assert!(
        error.starts_with("unknown option `--prot`, expected one of `--"),
        "{error}"
    );
    Ok(())
}

fn one_after_the_other() -> Result<(), Failed> {
    together("shared", here().collect())
}

fn at_once() -> Result<(), Failed> {
    let light = here().filter(|name| !HEAVY.contains(name));
    together("parallel", light.take(6).collect())
}

/// The daemons of this machine.
fn here() -> impl Iterator<Item = &'static str> {
    let here = ALL.iter().filter(|daemon| {
        let left_out = is_left_out(daemon);
        if left_out {
            eprintln!("left out: {}, which is not installed", daemon.name());
        }
        !left_out
    });
    here.map(|daemon| daemon.name())
}

fn together(how: &str, names: Vec<&str>) -> Result<(), Failed> {
    let words: Vec<_> = std::iter::once(how).chain(names.iter().copied()).collect();
    let session = Session::new(&words)?;
    let started: Vec<_> = session
        .started
        .iter()
        .map(|started| &*started.name)
        .collect();
    assert_eq!(started, names);
    session.end()
}
