//! A wire between sockets of the test.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::num::NonZeroU64;
use std::thread;
use std::time::{Duration, Instant};

use super::Wire;
use crate::hold::WireOrder;
use crate::launch::Launch;
use crate::process::eventually;
use crate::random;

/// Longer than anything takes that comes at all.
const LONG: Duration = Duration::from_secs(60);

/// How long nothing must come for.
const SHORT: Duration = Duration::from_millis(100);

/// A listener with a wire before it.
struct Wired {
    server: TcpListener,
    wire: Wire,
}

impl Wired {
    fn new() -> Self {
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = server.local_addr().unwrap().port();
        let ports = BTreeMap::from([(String::new(), port)]);
        let wire = Wire::new(&Launch::new("x"), &ports).unwrap();
        Self { server, wire }
    }

    fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.wire.ports()[""]).into()
    }

    /// A connection as the client and as the server have it.
    fn connect(&self) -> (TcpStream, TcpStream) {
        let client = TcpStream::connect_timeout(&self.address(), LONG).unwrap();
        let (server, _) = self.server.accept().unwrap();
        for side in [&client, &server] {
            side.set_read_timeout(Some(LONG)).unwrap();
            side.set_write_timeout(Some(LONG)).unwrap();
        }
        (client, server)
    }

    fn tell(&self, order: WireOrder) {
        self.wire.tell(order).unwrap();
    }

    fn limit(&self, bytes: u64) {
        self.tell(WireOrder::Limit(NonZeroU64::new(bytes).unwrap()));
    }
}

/// What comes on a connection, as long as this many bytes.
fn read(mut from: &TcpStream, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    from.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Checks that nothing comes for a while.
fn hears_nothing(side: &TcpStream) {
    side.set_read_timeout(Some(SHORT)).unwrap();
    let nothing = (&mut &*side).read(&mut [0]).unwrap_err();
    assert_eq!(nothing.kind(), io::ErrorKind::WouldBlock);
    side.set_read_timeout(Some(LONG)).unwrap();
}

fn is_reset(side: &TcpStream) {
    let error = (&mut &*side).read(&mut [0; 99]).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
}

fn ends(side: &TcpStream) {
    assert_eq!((&mut &*side).read(&mut [0]).unwrap(), 0);
}

#[test]
fn both_sides_hear_each_other() {
    let wired = Wired::new();
    let (mut client, mut server) = wired.connect();
    client.write_all(b"ask").unwrap();
    assert_eq!(read(&server, 3).unwrap(), b"ask");
    server.write_all(b"answer").unwrap();
    assert_eq!(read(&client, 6).unwrap(), b"answer");
}

#[test]
fn the_end_of_one_direction_is_passed_on_and_the_other_goes_on() {
    let wired = Wired::new();
    let (mut client, mut server) = wired.connect();
    client.write_all(b"ask").unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read(&server, 3).unwrap(), b"ask");
    ends(&server);
    server.write_all(b"answer").unwrap();
    drop(server);
    assert_eq!(read(&client, 6).unwrap(), b"answer");
    ends(&client);
}

#[test]
fn a_reset_by_one_side_is_one_for_the_other() {
    let wired = Wired::new();
    let (client, server) = wired.connect();
    crate::process::reset_on_close(&server).unwrap();
    drop(server);
    is_reset(&client);
    let (client, server) = wired.connect();
    crate::process::reset_on_close(&client).unwrap();
    drop(client);
    is_reset(&server);
}

#[test]
fn whoever_comes_while_the_server_is_away_is_reset() {
    let wired = Wired::new();
    let address = wired.address();
    let Wired { server, wire } = wired;
    drop(server);
    let mut client = TcpStream::connect_timeout(&address, LONG).unwrap();
    client.set_read_timeout(Some(LONG)).unwrap();
    let heard = client.read(&mut [0]).unwrap_err();
    assert_eq!(heard.kind(), io::ErrorKind::ConnectionReset);
    drop(wire);
}

#[test]
fn nothing_passes_a_wire_that_is_cut_and_all_comes_when_it_is_restored() {
    let wired = Wired::new();
    let (mut client, mut server) = wired.connect();
    wired.tell(WireOrder::Cut);
    wired.tell(WireOrder::Cut);
    client.write_all(b"ask").unwrap();
    server.write_all(b"answer").unwrap();
    server.shutdown(Shutdown::Write).unwrap();
    hears_nothing(&server);
    hears_nothing(&client);
    let late = TcpStream::connect_timeout(&wired.address(), SHORT).unwrap_err();
    assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    wired.tell(WireOrder::Restore);
    assert_eq!(read(&server, 3).unwrap(), b"ask");
    assert_eq!(read(&client, 6).unwrap(), b"answer");
    ends(&client);
    drop((client, server));
    let (mut client, server) = wired.connect();
    client.write_all(b"again").unwrap();
    assert_eq!(read(&server, 5).unwrap(), b"again");
}

#[test]
fn who_hangs_while_connecting_gets_through_when_the_wire_is_restored() {
    let wired = Wired::new();
    wired.tell(WireOrder::Cut);
    let address = wired.address();
    thread::scope(|scope| {
        let connecting = scope.spawn(move || TcpStream::connect_timeout(&address, LONG));
        // Its first try has been dropped by then, or it finds the wire restored; both end well.
        hears_nothing(&TcpStream::connect(wired.server.local_addr().unwrap()).unwrap());
        drop(wired.server.accept().unwrap());
        wired.tell(WireOrder::Restore);
        let mut client = connecting.join().unwrap().unwrap();
        let (server, _) = wired.server.accept().unwrap();
        client.write_all(b"ask").unwrap();
        assert_eq!(read(&server, 3).unwrap(), b"ask");
    });
}

#[test]
fn a_wire_that_refuses_keeps_what_is_connected() {
    let wired = Wired::new();
    let (mut client, server) = wired.connect();
    wired.tell(WireOrder::Refuse);
    let refused = TcpStream::connect_timeout(&wired.address(), LONG).unwrap_err();
    assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
    client.write_all(b"ask").unwrap();
    assert_eq!(read(&server, 3).unwrap(), b"ask");
    // Cutting composes with it.
    wired.tell(WireOrder::Cut);
    let late = TcpStream::connect_timeout(&wired.address(), SHORT).unwrap_err();
    assert_eq!(late.kind(), io::ErrorKind::TimedOut);
    wired.tell(WireOrder::Restore);
    let (mut client, server) = wired.connect();
    client.write_all(b"again").unwrap();
    assert_eq!(read(&server, 5).unwrap(), b"again");
}

#[test]
fn a_reset_ends_what_is_connected_and_nothing_else() {
    let wired = Wired::new();
    let (client, server) = wired.connect();
    wired.tell(WireOrder::Reset);
    is_reset(&client);
    is_reset(&server);
    let (mut client, server) = wired.connect();
    wired.tell(WireOrder::Cut);
    client.write_all(b"ask").unwrap();
    wired.tell(WireOrder::Reset);
    is_reset(&client);
    is_reset(&server);
    wired.tell(WireOrder::Restore);
    wired.connect();
}

#[test]
fn no_byte_is_faster_than_the_delay() {
    let wired = Wired::new();
    let (mut client, mut server) = wired.connect();
    let delay = Duration::from_millis(60);
    wired.tell(WireOrder::Delay(delay));
    for _ in 0..3 {
        let asked = Instant::now();
        client.write_all(b"ask").unwrap();
        read(&server, 3).unwrap();
        assert!(asked.elapsed() >= delay);
        server.write_all(b"answer").unwrap();
        read(&client, 6).unwrap();
        assert!(asked.elapsed() >= 2 * delay);
    }
    // The end of a connection is no faster.
    let closed = Instant::now();
    drop(client);
    ends(&server);
    assert!(closed.elapsed() >= delay);
}

#[test]
fn what_is_delayed_comes_at_once_when_the_wire_is_restored() {
    let wired = Wired::new();
    let (mut client, server) = wired.connect();
    wired.tell(WireOrder::Delay(10 * LONG));
    client.write_all(b"a").unwrap();
    hears_nothing(&server);
    client.write_all(b"b").unwrap();
    wired.tell(WireOrder::Restore);
    client.write_all(b"c").unwrap();
    assert_eq!(read(&server, 3).unwrap(), b"abc");
}

#[test]
fn a_fast_sender_is_slowed_while_all_is_delayed() {
    let wired = Wired::new();
    let (mut client, server) = wired.connect();
    wired.tell(WireOrder::Delay(10 * LONG));
    client.set_write_timeout(Some(SHORT)).unwrap();
    let piece = vec![7; 1 << 20];
    let mut sent = 0;
    // The system's buffers take some MB, and a wire that took all would go on for ever.
    while let Ok(length) = client.write(&piece) {
        sent += length;
        assert!(sent < 64 << 20, "{sent} bytes wait");
    }
    wired.tell(WireOrder::Restore);
    client.shutdown(Shutdown::Write).unwrap();
    let all = read(&server, sent).unwrap();
    assert!(all.iter().all(|byte| *byte == 7));
    ends(&server);
}

#[test]
fn no_byte_is_faster_than_the_limit_whichever_connection_it_takes() {
    let wired = Wired::new();
    let connections: Vec<_> = (0..3).map(|_| wired.connect()).collect();
    wired.limit(300_000);
    let begun = Instant::now();
    thread::scope(|scope| {
        for (client, server) in &connections {
            scope.spawn(move || (&mut &*client).write_all(&[1; 50_000]).unwrap());
            scope.spawn(move || read(server, 50_000).unwrap());
        }
    });
    assert!(
        begun.elapsed() >= Duration::from_millis(400),
        "{:?}",
        begun.elapsed()
    );
}

/// Bytes that do not repeat, so that a mistake is seen.
fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut bytes = Vec::with_capacity(length);
    while bytes.len() < length {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        bytes.extend_from_slice(&state.to_ne_bytes());
    }
    bytes
}

/// Sends and receives the same on one connection, and checks that both get all of it.
fn exchange(client: &TcpStream, server: &TcpStream, bytes: &[u8]) {
    thread::scope(|scope| {
        for (from, to) in [(client, server), (server, client)] {
            scope.spawn(move || {
                (&mut &*from).write_all(bytes).unwrap();
                from.shutdown(Shutdown::Write).unwrap();
            });
            scope.spawn(move || {
                assert!(read(to, bytes.len()).unwrap() == bytes, "they differ");
                ends(to);
            });
        }
    });
}

#[test]
fn many_bytes_arrive_as_they_were_sent() {
    let wired = Wired::new();
    let (client, server) = wired.connect();
    exchange(&client, &server, &noise(64 << 20));
}

#[test]
fn many_bytes_arrive_as_they_were_sent_whatever_is_done_to_the_wire() {
    let wired = Wired::new();
    let (client, server) = wired.connect();
    let bytes = noise(64 << 20);
    let seed = random::word::<4>().unwrap();
    let mut state = u32::from_str_radix(&seed[..8], 16).unwrap_or(1).max(1);
    let mut next = |below: u32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state % below
    };
    thread::scope(|scope| {
        let exchanging = scope.spawn(|| exchange(&client, &server, &bytes));
        while !exchanging.is_finished() {
            match next(4) {
                0 => wired.tell(WireOrder::Cut),
                1 => wired.tell(WireOrder::Delay(Duration::from_millis(next(20).into()))),
                2 => wired.limit(u64::from(next(900) + 100) << 20),
                _ => wired.tell(WireOrder::Restore),
            }
            let moment = crate::deadline::Deadline::after(Duration::from_millis(next(10).into()));
            crate::process::wait(&[], moment).unwrap();
        }
        exchanging.join().unwrap_or_else(|_| panic!("seed {seed}"));
    });
}

#[test]
fn nothing_is_left_of_a_wire_that_is_dropped() {
    let wired = Wired::new();
    let (client, server) = wired.connect();
    let address = wired.address();
    drop(wired.wire);
    ends(&client);
    ends(&server);
    eventually(|| TcpListener::bind(address).is_ok());
}

#[test]
fn what_has_no_port_of_its_own_on_loopback_has_no_wire() {
    let ports = BTreeMap::from([(String::new(), 1)]);
    let check = |change: &dyn Fn(&mut Launch), ports: &BTreeMap<String, u16>, wanted: &str| {
        let mut launch = Launch::new("x");
        change(&mut launch);
        let error = Wire::new(&launch, ports).map(drop).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("cannot put a wire before `x`: {wanted}")
        );
    };
    check(&|_| (), &BTreeMap::new(), "it has no TCP port");
    check(
        &|launch| launch.host = "192.0.2.1".into(),
        &ports,
        "it is at `192.0.2.1`, which is no loopback address",
    );
    check(
        &|launch| launch.external = Some(crate::launch::Ready::Started),
        &ports,
        "it runs outside of this session; only what fixtured starts can have one",
    );
    for host in ["127.0.0.1", "localhost", "0.0.0.0", "[::1]"] {
        let launch = Launch {
            host: host.into(),
            ..Launch::new("x")
        };
        // Not every machine has IPv6.
        if host != "[::1]" || TcpListener::bind("[::1]:0").is_ok() {
            Wire::new(&launch, &ports).unwrap();
        }
    }
}
