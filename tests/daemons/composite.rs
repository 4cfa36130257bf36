//! Daemons of several processes, and daemons made of daemons.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use fixtured::daemons::{Memcached, Redis};
use fixtured::launch::{Command, Launch, Process, Ready, Site, Step};
use fixtured::{Acquire, Daemon, Instance};
use fixtured_tests::{alive, processes};

/// A shop of one's own: a server that needs a store and a cache.
struct Shop;

fn shell(script: &str) -> Command {
    Command::new("sh", ["-c", script])
}

impl Daemon for Shop {
    fn launch(&self, site: &Site) -> Launch {
        let mut launch = Launch::new("shop");
        launch.include("store", Redis::default().launch(site));
        launch.include("cache", Memcached::default().launch(site));
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
        launch.processes.extend([server, first, second]);
        let store = site.value("store-url");
        launch.values.insert("store".into(), store);
        launch
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
    let answer = std::fs::read_to_string(shop.dir().join("answer")).unwrap();
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
        let wanted = "tests share it; `scope = \"test\"` gives this test one of its own";
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
