//! What prepares databases and makes something that belongs to the whole server, such as a role.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;

use fixtured::daemons::Postgres;
use fixtured::{Acquire, daemons};
use fixtured_tests::{Scratch, scratch_directory, without_runner};
use postgres::{Client, NoTls};

/// A server that no other test has, which would find in it what is made here.
fn postgres(work_mem: &str) -> Postgres {
    daemons::postgres().setting("work_mem", work_mem)
}

/// Copies of a program, which are as many test binaries.
fn copies(scratch: &Scratch, count: usize) -> Vec<PathBuf> {
    let copy = |number: usize| {
        let path = scratch.join(number.to_string());
        fs::copy(env!("CARGO_BIN_EXE_role"), &path).unwrap();
        path
    };
    (0..count).map(copy).collect()
}

/// Acquires this with a program, which holds it.
fn holding(program: &Path, what: &str) -> Child {
    let mut command = Command::new(program);
    without_runner(&mut command);
    command
        .arg(what)
        .env("FIXTURED_SESSION", std::process::id().to_string())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The server that it has.
fn server(holding: &mut Child) -> String {
    let mut line = String::new();
    let output = holding.stdout.as_mut().unwrap();
    BufReader::new(output).read_line(&mut line).unwrap();
    assert!(!line.is_empty(), "it has none");
    line
}

/// Lets them end well.
fn end(all: impl IntoIterator<Item = Child>) {
    for mut child in all {
        drop(child.stdin.take());
        assert!(child.wait().unwrap().success());
    }
}

#[test]
fn each_binary_whose_code_makes_a_role_has_a_server_for_it() {
    let scratch = scratch_directory("binaries").unwrap();
    let programs = copies(&scratch, 3);
    for daemon in ["postgres", "mysql"] {
        let mut first = holding(&programs[0], daemon);
        let shared = server(&mut first);
        let mut second = holding(&programs[1], daemon);
        let another = server(&mut second);
        assert_ne!(another, shared);
        // Further tests of each get the same, and those that need nothing share the first.
        let mut more = [
            holding(&programs[0], daemon),
            holding(&programs[1], daemon),
            holding(&programs[2], &format!("plain-{daemon}")),
        ];
        let found: Vec<_> = more.iter_mut().map(server).collect();
        assert_eq!(found, [&*shared, &*another, &*shared]);
        end(more.into_iter().chain([first, second]));
    }
}

#[test]
fn binaries_that_begin_at_once_do_not_disturb_each_other() {
    let scratch = scratch_directory("at_once").unwrap();
    let programs = copies(&scratch, 4);
    for daemon in ["postgres", "mysql"] {
        let begin = |program: &PathBuf| holding(program, daemon);
        let mut all: Vec<_> = programs.iter().chain(&programs).map(begin).collect();
        let servers: Vec<_> = all.iter_mut().map(server).collect();
        // Those of the same binary share one.
        assert_eq!(servers[..4], servers[4..]);
        let mut different = servers[..4].to_vec();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), 4, "{servers:?}");
        end(all);
    }
}

#[test]
fn what_is_left_of_one_that_failed_disturbs_nobody() {
    fn makes_and_fails(url: &str) -> Result<(), String> {
        let mut client = Client::connect(url, NoTls).map_err(|error| error.to_string())?;
        let made = client.batch_execute("CREATE ROLE half_done");
        made.map_err(|error| error.to_string())?;
        Err("the moon is full".into())
    }
    let again = |url: &str| {
        Client::connect(url, NoTls)?.batch_execute("CREATE ROLE half_done; CREATE TABLE a (b int)")
    };
    let failing = postgres("5MB").init(makes_and_fails);
    let error = failing.acquire().map(drop).unwrap_err().to_string();
    assert!(error.contains("the moon is full"), "{error}");
    postgres("5MB").init(again).acquire().unwrap();
}

#[test]
fn scripts_that_make_the_same_role_have_a_server_each() {
    let scratch = scratch_directory("role_scripts").unwrap();
    let write = |name: &str| {
        let path = scratch.join(name);
        let text = format!("CREATE ROLE writer;\nCREATE TABLE {name} (a int);\n");
        fs::write(&path, text).unwrap();
        path
    };
    let paths = ["one", "two", "three"].map(write);
    let acquire = |path: PathBuf| {
        thread::spawn(move || {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let postgres = postgres("6MB").init(path).acquire().unwrap();
            let mut client = Client::connect(postgres.url(), NoTls).unwrap();
            client
                .batch_execute(&format!("SET ROLE writer; RESET ROLE; TABLE {name}"))
                .unwrap();
            postgres.pid()
        })
    };
    let servers: Vec<_> = paths.map(acquire).into_iter().collect();
    let mut servers: Vec<_> = servers.into_iter().map(|it| it.join().unwrap()).collect();
    servers.sort_unstable();
    servers.dedup();
    assert_eq!(servers.len(), 3);
}

/// The option makes a role for whoever needs it, which is no reason for another server; who makes the same himself needs one.
#[test]
fn roles_of_options_are_shared_unless_code_makes_them() {
    let scratch = scratch_directory("role_options").unwrap();
    let path = scratch.join("schema.sql");
    fs::write(&path, "CREATE TABLE a (b int)").unwrap();
    let named = postgres("7MB").roles(["reader"]).acquire().unwrap();
    let migrated = postgres("7MB").init(path).acquire().unwrap();
    assert_eq!(named.pid(), migrated.pid());
    let makes = |url: &str| Client::connect(url, NoTls)?.batch_execute("CREATE ROLE reader");
    let another = postgres("7MB").init(makes).acquire().unwrap();
    assert_ne!(named.pid(), another.pid());
}
