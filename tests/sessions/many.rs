//! Many at once: ports, processes, threads.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener, UnixStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::thread;

use fixtured::executor::Kind;
use fixtured::{ExecutorOf, OutputExecutor, TcpExecutor, UnixSocketExecutor};
use fixtured_tests::{Actor, alive, eventually, marked, scratch_directory, without_runner};
use nix::sys::inotify::{InitFlags, Inotify};

const HOLDERS: usize = 16;
const PORTS_EACH: usize = 625;
const EXECUTORS: usize = 64;

/// A process that holds ports in a session of its own, whose directories are below `dir`.
fn holder(dir: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lease"));
    without_runner(&mut command);
    command
        .arg(PORTS_EACH.to_string())
        .env("FIXTURED_DIR", dir)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    command.spawn().unwrap()
}

/// The name that only one process at a time can have; it is what a lease is made of.
fn name(text: &str) -> std::io::Result<UnixListener> {
    UnixListener::bind_addr(&SocketAddr::from_abstract_name(text)?)
}

#[test]
fn sixteen_processes_lease_ten_thousand_ports() {
    // There are some 16,000 ports to lease, so two runs of this test take turns.
    let (_turn, _) = eventually("no other run of this test has its ports", || {
        name("fixtured-test-ten-thousand-ports").ok()
    });
    let dir = scratch_directory("ports").unwrap();
    let mut holders: Vec<_> = (0..HOLDERS).map(|_| holder(&dir)).collect();
    let mut pids = BTreeSet::new();
    let mut ports = BTreeSet::new();
    for holder in &mut holders {
        let mut line = String::new();
        let mut output = BufReader::new(holder.stdout.as_mut().unwrap());
        output.read_line(&mut line).unwrap();
        let mut words = line.split_whitespace();
        pids.insert(words.next().unwrap().parse::<u32>().unwrap());
        let before = ports.len();
        ports.extend(words.map(|port| port.parse::<u16>().unwrap()));
        assert_eq!(ports.len() - before, PORTS_EACH, "{line}");
    }
    assert_eq!((pids.len(), ports.len()), (HOLDERS, HOLDERS * PORTS_EACH));
    assert!(pids.iter().all(|pid| alive(*pid)));

    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap();
    let mut range = range.split_whitespace().map(|end| end.parse().unwrap());
    let ephemeral = range.next().unwrap()..=range.next().unwrap();
    for port in &ports {
        assert!(!ephemeral.contains(port), "{port} is in {ephemeral:?}");
        // Its holder could listen there, and nobody else could lease it.
        TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).unwrap();
        assert!(name(&format!("fixtured-port-{port}")).is_err(), "{port}");
    }

    for holder in &mut holders {
        drop(holder.stdin.take());
    }
    for mut holder in holders {
        assert!(holder.wait().unwrap().success());
    }
    assert!(!pids.iter().any(|pid| alive(*pid)));
    eventually("their sessions are gone", || {
        fs::read_dir(&dir).unwrap().next().is_none().then_some(())
    });
    // With the last process of theirs the leases are gone too.
    eventually("their supervisors are gone", || {
        let mark = format!("{}/", dir.display());
        marked(&mark).is_empty().then_some(())
    });
}

/// Does something in as many threads at the same moment.
fn at_once<T: Send>(act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(EXECUTORS);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..EXECUTORS)
            .map(|number| {
                let (barrier, act) = (&barrier, &act);
                scope.spawn(move || {
                    barrier.wait();
                    act(number)
                })
            })
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join().unwrap());
        ended.collect()
    })
}

/// Whether a Redis server answers here.
fn pongs(mut stream: impl Read + Write) -> bool {
    let mut answer = [0; 7];
    stream.write_all(b"PING\r\n").unwrap();
    stream.read_exact(&mut answer).unwrap();
    answer == *b"+PONG\r\n"
}

fn connect(port: u16) -> TcpStream {
    TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap()
}

const REDIS: &str = "redis-server --bind 127.0.0.1 --port {port} --save ''";

/// Starts it and returns the number of its process and its port.
fn up<K: Kind>(mut executor: ExecutorOf<K>) -> (ExecutorOf<K>, u32, Option<u16>) {
    executor.start().unwrap();
    let (pid, port) = (executor.pid().unwrap(), executor.port().ok());
    (executor, pid, port)
}

#[test]
fn sixty_four_executors_start_at_once() {
    let started = at_once(|_| up(TcpExecutor::new(REDIS, "127.0.0.1", "{port}")));
    let pids: BTreeSet<_> = started.iter().map(|(_, pid, _)| *pid).collect();
    let ports: BTreeSet<_> = started.iter().map(|(_, _, port)| port.unwrap()).collect();
    assert_eq!((pids.len(), ports.len()), (EXECUTORS, EXECUTORS));
    assert!(pids.iter().all(|pid| alive(*pid)));
    assert!(ports.iter().all(|port| pongs(connect(*port))));
    drop(started);
    assert!(!pids.iter().any(|pid| alive(*pid)));
    assert_free(&ports);
}

/// Those that wait for a line of output and those that wait for a socket all watch files, and watches are few.
#[test]
fn sixty_four_watching_executors_start_at_once() {
    let dir = scratch_directory("watching").unwrap();
    let socket = |number: usize| dir.join(number.to_string());
    let started = at_once(|number| -> (Box<dyn Send>, u32, Option<u16>) {
        if number.is_multiple_of(2) {
            let output = OutputExecutor::new(REDIS, "Ready to accept connections");
            let (executor, pid, port) = up(output);
            return (Box::new(executor), pid, port);
        }
        let socket = socket(number).display().to_string();
        let command = format!("redis-server --port 0 --save '' --unixsocket {socket}");
        let (executor, pid, port) = up(UnixSocketExecutor::new(command, socket));
        (Box::new(executor), pid, port)
    });
    let pids: BTreeSet<_> = started.iter().map(|(_, pid, _)| *pid).collect();
    let ports: BTreeSet<_> = started.iter().filter_map(|(_, _, port)| *port).collect();
    assert_eq!((pids.len(), ports.len()), (EXECUTORS, EXECUTORS / 2));
    assert!(ports.iter().all(|port| pongs(connect(*port))));
    for number in (0..EXECUTORS).filter(|number| !number.is_multiple_of(2)) {
        assert!(pongs(UnixStream::connect(socket(number)).unwrap()));
    }
    drop(started);
    assert!(!pids.iter().any(|pid| alive(*pid)));
    assert_free(&ports);
}

/// The kernel gives each user few watches, and other programs may have them all. Files and sockets are then looked at now and then.
#[test]
fn without_watches_executors_start_all_the_same() {
    let mut watches = Vec::new();
    while let Ok(watch) = Inotify::init(InitFlags::IN_CLOEXEC) {
        watches.push(watch);
    }
    // A session of its own, whose supervisor has none yet.
    let dir = scratch_directory("watches").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_actor"));
    without_runner(&mut command);
    command
        .env("FIXTURED_DIR", &*dir)
        .args([env!("CARGO_BIN_EXE_misbehave"), "watches"]);
    let mut actor = Actor::start(command).unwrap();
    actor.tell("run detach");
    actor.tell("run bind-late");
    actor.settle();
    drop(watches);
    actor.leave();
    let answers = actor.answers();
    let up = answers.iter().filter(|answer| answer.starts_with("up "));
    assert_eq!((up.count(), answers.len()), (2, 2), "{answers:?}");
    eventually("its session is gone", || {
        fs::read_dir(&dir).unwrap().next().is_none().then_some(())
    });
}

/// Another session may lease them at any moment, so each is only seen free once.
fn assert_free(ports: &BTreeSet<u16>) {
    for port in ports {
        eventually(&format!("port {port} is free"), || {
            TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).ok()
        });
    }
}
