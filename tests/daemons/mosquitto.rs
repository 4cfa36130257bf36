//! Mosquitto, with its own client programs.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use fixtured::daemons::{self, Mosquitto};
use fixtured::{Acquire, ErrorKind, Instance, fixture};

/// Runs a program with these arguments. Returns what it prints, or what went wrong.
fn run(program: &str, args: &[&str]) -> Result<String, String> {
    let output = Command::new(program).args(args).output().unwrap();
    let [printed, errors] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    match output.status.success() {
        true => Ok(printed.trim_end().to_owned()),
        false => Err(printed + &errors),
    }
}

/// Leaves a message with a server.
fn retain(url: &str, topic: &str, message: &str) -> Result<String, String> {
    run(
        "mosquitto_pub",
        &[
            "-L",
            &format!("{url}/{topic}"),
            "-r",
            "-q",
            "1",
            "-m",
            message,
        ],
    )
}

/// The message that a server has for a topic.
fn retained(url: &str, topic: &str) -> Result<String, String> {
    run(
        "mosquitto_sub",
        &["-L", &format!("{url}/{topic}"), "-C", "1", "-W", "30"],
    )
}

#[fixture(mosquitto)]
fn a_message_is_read_back(mosquitto: &Instance<Mosquitto>, url: &str, port: u16) {
    assert_eq!(url, format!("mqtt://127.0.0.1:{port}"));
    assert_eq!((mosquitto.username(), mosquitto.password()), ("", ""));
    retain(url, "weather/here", "21.5").unwrap();
    assert_eq!(retained(url, "weather/here").unwrap(), "21.5");
}

#[test]
fn tests_do_not_see_each_others_messages() {
    let [first, second] = [(), ()].map(|()| daemons::mosquitto().acquire().unwrap());
    retain(first.url(), "same", "first").unwrap();
    retain(second.url(), "other", "second").unwrap();
    retain(second.url(), "same", "second").unwrap();
    assert_eq!(retained(first.url(), "same").unwrap(), "first");
    // It has nothing else: the first that comes for any topic is the same one.
    assert_eq!(retained(first.url(), "#").unwrap(), "first");
}

#[fixture(mosquitto, username = "app", password = "s3cret")]
fn a_password_is_required(mosquitto: &Instance<Mosquitto>, url: &str, port: u16) {
    assert_eq!(
        (mosquitto.username(), mosquitto.password()),
        ("app", "s3cret")
    );
    retain(url, "a", "b").unwrap();
    assert_eq!(retained(url, "a").unwrap(), "b");
    for login in ["", "app:wrong@"] {
        let error = retain(&format!("mqtt://{login}127.0.0.1:{port}"), "a", "c").unwrap_err();
        assert!(error.contains("not authorised"), "{error}");
    }
    let kept = std::fs::read_to_string(mosquitto.dir().join("passwords")).unwrap();
    assert!(
        kept.starts_with("app:$") && !kept.contains("s3cret"),
        "{kept}"
    );
}

#[fixture(mosquitto, password = "p\"w\\ #{$x}'ä")]
fn a_password_may_hold_almost_anything(mosquitto: &Instance<Mosquitto>, port: u16) {
    let wanted = "mqtt://mosquitto:p%22w%5C%20%23%7B%24x%7D%27%C3%A4@127.0.0.1";
    assert_eq!(mosquitto.url(), format!("{wanted}:{port}"));
    let (port, login) = (
        port.to_string(),
        [mosquitto.username(), mosquitto.password()],
    );
    let args = [
        "-p", &port, "-u", login[0], "-P", login[1], "-t", "a", "-m", "b",
    ];
    run("mosquitto_pub", &args).unwrap();
}

#[fixture(mosquitto, websockets = true, config = "max_packet_size 100")]
fn the_configuration_and_websockets_are_there(mosquitto: &Instance<Mosquitto>, url: &str) {
    // A handshake, with the key and the answer to it that RFC 6455 has as its example.
    let address = mosquitto.ws_url().strip_prefix("ws://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    let handshake = "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
        Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
        Sec-WebSocket-Protocol: mqtt\r\n\r\n";
    stream.write_all(handshake.as_bytes()).unwrap();
    let lines = BufReader::new(stream).lines().map(Result::unwrap);
    let answer: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    assert!(answer[0].starts_with("HTTP/1.1 101"), "{answer:?}");
    let accepted = |line: &String| line.ends_with("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assert!(answer.iter().any(accepted), "{answer:?}");

    retain(url, "small", "1").unwrap();
    retain(url, "large", &"1".repeat(200)).unwrap_err();
}

#[test]
fn wrong_options_say_what_is_wrong() {
    let error = daemons::mosquitto()
        .config("no_such_thing 1")
        .start()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    let wanted = "Unknown configuration variable \"no_such_thing\"";
    assert!(error.to_string().contains(wanted), "{error}");
    for (wrong, wanted) in [
        (
            daemons::mosquitto().username("x"),
            "a `username` needs a `password`",
        ),
        (
            daemons::mosquitto().username("x:y").password("z"),
            "has no colon, no line break",
        ),
        (
            daemons::mosquitto().password("x "),
            "has no colon, no line break",
        ),
    ] {
        let error = wrong.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
}
