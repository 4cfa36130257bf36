//! Memcached: as any client speaks to it by TCP, and over TLS by `openssl`.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use fixtured::daemons::{self, Memcached};
use fixtured::{Acquire, ErrorKind, Instance, fixture};
use fixtured_tests::{Authority, scratch_directory};

/// What a server answers before it closes the connection.
fn ask(memcached: &Instance<Memcached>, commands: &str) -> String {
    let mut stream = TcpStream::connect((memcached.host(), memcached.port())).unwrap();
    let commands = format!("{commands}quit\r\n");
    stream.write_all(commands.as_bytes()).unwrap();
    let mut answer = String::new();
    // One that refuses the connection may reset it.
    let _ = stream.read_to_string(&mut answer);
    answer
}

#[fixture(memcached)]
fn a_client_reads_back_what_it_wrote(memcached: &Instance<Memcached>, url: &str) {
    assert_eq!(url, format!("memcached://localhost:{}", memcached.port()));
    let answer = ask(memcached, "set key 0 0 5\r\nvalue\r\nget key\r\n");
    assert_eq!(answer, "STORED\r\nVALUE key 0 5\r\nvalue\r\nEND\r\n");
}

#[fixture(memcached)]
#[fixture(memcached as other)]
fn two_are_two(memcached: &Instance<Memcached>, other: &Instance<Memcached>) {
    ask(memcached, "set key 0 0 5\r\nvalue\r\n");
    assert_eq!(ask(other, "get key\r\n"), "END\r\n");
}

/// What the server answers to a client that trusts this authority, and shows a certificate if it has one.
fn ask_over_tls(
    memcached: &Instance<Memcached>,
    authority: &Authority,
    shown: Option<&(PathBuf, PathBuf)>,
) -> String {
    let mut command = Command::new("openssl");
    let address = format!("127.0.0.1:{}", memcached.port());
    command
        .args([
            "s_client",
            "-quiet",
            "-verify_return_error",
            "-connect",
            &address,
            "-CAfile",
        ])
        .arg(authority.itself());
    if let Some((key, certificate)) = shown {
        command.arg("-key").arg(key).arg("-cert").arg(certificate);
    }
    let (input, output) = (Stdio::piped(), Stdio::piped());
    command.stdin(input).stdout(output).stderr(Stdio::null());
    let mut openssl = command.spawn().unwrap();
    let mut stdin = openssl.stdin.take().unwrap();
    // It may end before it has read all.
    let _ = stdin.write_all(b"set key 0 0 5\r\nvalue\r\nget key\r\nquit\r\n");
    let answer = openssl.wait_with_output().unwrap().stdout;
    String::from_utf8(answer).unwrap()
}

const STORED: &str = "STORED\r\nVALUE key 0 5\r\nvalue\r\nEND\r\n";

#[test]
fn it_speaks_tls_and_nothing_else() {
    let authority = Authority::new("tls");
    let (key, certificate) = authority.certify("localhost");
    let memcached = daemons::memcached()
        .ssl_chain_cert(certificate)
        .ssl_key(key);
    let memcached = memcached.acquire().unwrap();
    assert_eq!(ask_over_tls(&memcached, &authority, None), STORED);
    assert_eq!(ask(&memcached, "get key\r\n"), "");
    // Whom the client does not trust.
    let other = Authority::new("tls-other");
    assert_eq!(ask_over_tls(&memcached, &other, None), "");
}

#[test]
fn a_client_that_shows_a_certificate_must_be_known_to_the_authority() {
    let authority = Authority::new("clients");
    let (key, certificate) = authority.certify("localhost");
    let memcached = daemons::memcached()
        .ssl_chain_cert(certificate)
        .ssl_key(key)
        .ssl_ca_cert(authority.itself())
        .acquire()
        .unwrap();
    let known = authority.certify("known");
    assert_eq!(ask_over_tls(&memcached, &authority, Some(&known)), STORED);
    assert_eq!(ask_over_tls(&memcached, &authority, None), STORED);
    let unknown = Authority::new("clients-other").certify("unknown");
    assert_eq!(ask_over_tls(&memcached, &authority, Some(&unknown)), "");
}

#[test]
fn a_certificate_may_hold_its_key() {
    let authority = Authority::new("both");
    let (key, certificate) = authority.certify("localhost");
    let texts = [key, certificate].map(|file| fs::read_to_string(file).unwrap());
    let both = authority.itself().with_file_name("both.pem");
    fs::write(&both, texts.concat()).unwrap();
    let memcached = daemons::memcached().ssl_chain_cert(both).acquire();
    assert_eq!(ask_over_tls(&memcached.unwrap(), &authority, None), STORED);
}

#[test]
fn what_is_wrong_with_certificates_is_said() {
    let scratch = scratch_directory("memcached-wrong").unwrap();
    let empty = scratch.join("empty.pem");
    fs::write(&empty, "").unwrap();
    let error = daemons::memcached().ssl_chain_cert(&empty).acquire();
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    let text = error.to_string();
    assert!(
        text.contains("Error loading the certificate chain"),
        "{text}"
    );
    let refused = |memcached: Memcached| memcached.acquire().unwrap_err().to_string();
    assert_eq!(
        refused(daemons::memcached().ssl_key(&empty)),
        "cannot start `memcached`: TLS needs a certificate: set `ssl_chain_cert`"
    );
    let text = refused(daemons::memcached().ssl_chain_cert("nowhere.pem"));
    let nowhere = concat!(env!("CARGO_MANIFEST_DIR"), "/nowhere.pem");
    let wanted = format!(
        "cannot start `memcached`: `ssl_chain_cert`: cannot read `{nowhere}`: No such file"
    );
    assert!(text.starts_with(&wanted), "{text}");
}
