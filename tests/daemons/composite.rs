//! Daemons of several processes, and daemons made of daemons.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::MetadataExt;
use std::time::Duration;

use fixtured::daemons::{Memcached, Redis};
use fixtured::launch::{Command, Launch, Process, Ready, Site, Step};
use fixtured::{Acquire, Daemon, Instance};
use fixtured_tests::{alive, eventually, processes};

/// A shop of one's own: a server that needs a store and a cache.
struct Shop;

fn shell(script: &str) -> Command {
    Command::new("sh", ["-c", script])
}

impl Daemon for Shop {
    fn launch(&self, site: &Site) -> Launch {
        let Site { dir, template, .. } = site;
        let makes = format!("mkdir '{template}'; echo one > '{template}/file'");
        let template = Step::template(
            format!("{dir}/made-once"),
            [
                Step::Run(shell(&makes)),
                Step::write(format!("{template}/more/file"), "two"),
            ],
        );
        let server = shell("cat made-once/file made-once/more/file > answer; exec sleep 1000");
        let mut server = Process::new(server, Ready::Started).named("server");
        server.prepare.push(template);
        server.after_ready = vec![Step::Wait(Ready::PidFile(format!("{dir}/answer")))];
        // Ready only when its other half runs, which starts when there is something of this one.
        let waits = Ready::Command(shell("test -e half"));
        let first = Process::new(shell("touch first; exec sleep 1000"), waits).named("node1");
        let touches = shell("test -e first && touch half && exec sleep 1000");
        let mut second = Process::new(touches, Ready::Started).named("node2");
        second.prepare = vec![Step::Wait(Ready::PidFile(format!("{dir}/first")))];
        second.concurrent = true;
        Launch::new("shop")
            .include("store", Redis::default().launch(site))
            .include("cache", Memcached::default().launch(site))
            .run(server)
            .run(first)
            .run(second)
            .values([("store", site.value("store-url"))])
    }
}

/// What a server answers to a line.
fn ask(port: u16, line: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(line.as_bytes()).unwrap();
    let mut answer = [0; 64];
    let length = stream.read(&mut answer).unwrap();
    String::from_utf8_lossy(&answer[..length]).into_owned()
}

fn works(shop: &Instance<Shop>) {
    assert_eq!(ask(shop.port_named("store"), "PING\r\n"), "+PONG\r\n");
    assert!(ask(shop.port_named("cache"), "version\r\n").starts_with("VERSION "));
}

#[test]
fn a_daemon_may_be_made_of_others() {
    let shop = Shop.start().unwrap();
    works(&shop);
    let url = format!("redis://localhost:{}", shop.port_named("store"));
    assert_eq!(shop.value("store"), url);
    let answer = fs::read_to_string(shop.dir().join("answer")).unwrap();
    assert_eq!(answer, "one\ntwo");
    let names = ["store", "cache", "server", "node1", "node2"];
    let pids = names.map(|name| shop.process(name).pid().unwrap());
    assert!(pids.iter().all(|pid| alive(*pid)));
    drop(shop);
    assert!(!pids.iter().any(|pid| alive(*pid)));
}

#[test]
fn a_process_of_ones_own_daemon_can_be_stopped_and_started() {
    let shop = Shop.start().unwrap();
    let cache = shop.process("cache");
    let (port, first) = (shop.port_named("cache"), cache.pid().unwrap());
    cache.stop().unwrap();
    assert!(!alive(first) && !cache.runs().unwrap() && cache.pid().is_err());
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    // The others go on, and stopping it again does no harm.
    cache.stop().unwrap();
    assert!(shop.node(1).runs().unwrap() && shop.process("store").runs().unwrap());
    cache.start().unwrap();
    works(&shop);
    let second = cache.pid().unwrap();
    assert!(second != first && cache.runs().unwrap());
    // One that runs is started anew.
    cache.start().unwrap();
    assert!(!alive(second) && cache.pid().unwrap() != second);
    works(&shop);
    shop.process("store").kill().unwrap();
    assert!(TcpStream::connect(("127.0.0.1", shop.port_named("store"))).is_err());
    shop.process("store").start().unwrap();
    works(&shop);
}

#[test]
fn a_process_that_is_not_there_or_shared_is_an_error() {
    let shop = Shop.start().unwrap();
    let error = shop.node(3).stop().unwrap_err().to_string();
    assert_eq!(
        error,
        "cannot find the process `node3` of `shop`: it has store, cache, server, node1, node2"
    );
    let shared = Shop.acquire().unwrap();
    let node = shared.node(1);
    for result in [node.stop(), node.kill(), node.start()] {
        let error = result.unwrap_err().to_string();
        let wanted = "tests share it; use `scope = \"test\"` for a dedicated server";
        assert!(error.ends_with(wanted), "{error}");
    }
    assert!(node.runs().unwrap());
}

#[test]
fn when_one_dies_the_start_fails_at_once_and_names_it() {
    let sleeps = format!("exec sleep 1000.{}", std::process::id());
    let waits = Process::new(shell(&sleeps), Ready::Command(shell("false")));
    let dies = Process::new(shell("exit 7"), Ready::Started).named("dies");
    let mut launch = Launch::new("both");
    launch.processes = vec![waits, dies.concurrent()];
    // Nobody waits so long.
    launch.timeout = Duration::from_secs(3600);
    let error = launch.start().unwrap_err().to_string();
    let wanted = "`both` exited before it was ready: exit status 7\n  command: sh -c 'exit 7'\n";
    assert!(error.starts_with(wanted), "{error}");
    let sleeps = sleeps.strip_prefix("exec ").unwrap();
    assert!(
        processes()
            .iter()
            .all(|process| !process.command.contains(sleeps))
    );
}

/// Two processes that start concurrently and are ready when they print `ready`.
fn two(first: &str, second: &str) -> Launch {
    let process = |name: &str, script: &str| {
        Process::new(shell(script), Ready::Output("^ready".into())).named(name)
    };
    let mut launch = Launch::new("two");
    launch.processes = vec![
        process("node1", first),
        process("node2", second).concurrent(),
    ];
    launch
}

#[test]
fn what_another_process_prints_makes_none_ready() {
    // The first ends when the second has printed what both are waited for.
    let first = "echo waiting; until test -e printed; do sleep 0.01; done; exit 7";
    let second = "echo ready; touch printed; exec sleep 1000";
    let error = two(first, second).start().unwrap_err();
    let text = error.to_string();
    let wanted = "`two` exited before it was ready: exit status 7\n";
    assert!(text.starts_with(wanted), "{text}");
    let log = error.log().unwrap();
    assert_eq!(log.lines(), ["waiting"]);
    let name = log.path().file_name().unwrap().to_str().unwrap();
    assert!(name.ends_with(".node1.log"), "{name}");
}

#[test]
fn each_process_has_a_log_of_its_own() {
    let script = |number| format!("echo ready {number}; exec sleep 1000");
    let mut launch = two(&script(1), &script(2));
    let step = Step::Run(shell("echo prepared"));
    launch.processes[0].prepare.push(step);
    let two = launch.start().unwrap();
    let logs = [1, 2].map(|number| two.node(number).log().unwrap().to_owned());
    let printed = logs.each_ref().map(|log| fs::read_to_string(log).unwrap());
    assert_eq!(printed, ["prepared\nready 1\n", "ready 2\n"]);
    // The main process is the last.
    assert_eq!(two.log(), logs[1]);
    let error = two.node(3).log().unwrap_err().to_string();
    let wanted = "cannot find the process `node3` of `two`: it has none of this name";
    assert_eq!(error, wanted);
    // It goes on where it was.
    two.node(1).start().unwrap();
    let again = fs::read_to_string(&logs[0]).unwrap();
    assert_eq!(again, "prepared\nready 1\nready 1\n");
    drop(two);
    assert!(logs.iter().all(|log| !log.exists()));
}

#[test]
fn each_log_has_the_limit_for_itself() {
    const LIMIT: u64 = 64 << 10;
    let flood = |name: &str| format!("seq 1 100000; echo done {name}; echo ready; exec sleep 1000");
    let mut launch = two(&flood("one"), &flood("two"));
    launch.output_limit = LIMIT;
    let two = launch.start().unwrap();
    for number in [1, 2] {
        let log = two.node(number).log().unwrap();
        eventually("all but the newest is given back", || {
            let found = fs::metadata(log).unwrap();
            assert!(found.len() > 500_000);
            (found.blocks() * 512 < 2 * LIMIT).then_some(())
        });
    }
}

#[test]
fn processes_of_the_same_name_are_refused() {
    let mut launch = two("true", "true");
    launch.processes[1].name = "node1".into();
    let error = launch.start().unwrap_err().to_string();
    assert!(
        error.contains("two of its processes are called `node1`"),
        "{error}"
    );
}
