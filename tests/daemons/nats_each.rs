//! What tests get of each version of NATS, seen by Python's client.

use std::process::Command;

use fixtured::daemons::Nats;
use fixtured::{Acquire, ErrorKind, Instance, fixture};

use super::server;

/// Runs this in an asynchronous function where `nats` is the connection that the arguments, as Python has them, make. Returns what it
/// prints, or the last line of what went wrong.
fn client(arguments: &str, code: &str) -> Result<String, String> {
    let program = format!(
        "import asyncio, nats as client\n\
         async def main():\n    \
             nats = await client.connect({arguments}, allow_reconnect=False)\n    \
             {}\n\
         asyncio.run(asyncio.wait_for(main(), 30))\n",
        code.replace('\n', "\n    ")
    );
    // Where tests/provision puts it.
    let python = std::env::home_dir()
        .unwrap()
        .join(".local/share/fixtured/nats-py/bin/python");
    let output = Command::new(python)
        .args(["-c", &program])
        .output()
        .unwrap();
    let [printed, errors] =
        [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap());
    match output.status.success() {
        true => Ok(printed.trim_end().to_owned()),
        false => Err(errors.trim_end().to_owned()),
    }
}

/// Sends a message to itself.
const ECHO: &str = "\
inbox = await nats.subscribe('orders.*')
await nats.publish('orders.new', b'one')
print((await inbox.next_msg(20)).data.decode())";

#[fixture(super::server as nats)]
fn a_message_arrives(nats: &Instance<Nats>, url: &str, port: u16) {
    assert_eq!(url, format!("nats://127.0.0.1:{port}"));
    assert_eq!(nats.variables()["NATS_URL"], url);
    assert_eq!(client(&format!("{url:?}"), ECHO).unwrap(), "one");
    let streams = "await nats.jetstream().add_stream(name='s', subjects=['a'])";
    let error = client(&format!("{url:?}"), streams).unwrap_err();
    assert!(
        error.contains("ServiceUnavailableError") || error.contains("NoRespondersError"),
        "{error}"
    );
}

#[test]
fn streams_are_kept_and_each_server_has_its_own() {
    let [first, second] = [(), ()].map(|()| server().jetstream(true).acquire().unwrap());
    let url = format!("{:?}", first.url());
    let store = "\
streams = nats.jetstream()
await streams.add_stream(name='orders', subjects=['orders.*'])
await streams.publish('orders.new', b'kept')";
    client(&url, store).unwrap();
    // Another connection, later, finds what the one before left.
    let fetch = "\
inbox = await nats.jetstream().pull_subscribe('orders.*', 'worker')
print((await inbox.fetch(1, 20))[0].data.decode())";
    assert_eq!(client(&url, fetch).unwrap(), "kept");
    assert!(first.dir().join("jetstream").is_dir());
    let count = "print((await nats.jetstream().account_info()).streams)";
    assert_eq!(client(&url, count).unwrap(), "1");
    assert_eq!(client(&format!("{:?}", second.url()), count).unwrap(), "0");
}

#[fixture(super::server as nats, username = "app", password = "s3cret")]
fn a_password_is_required(nats: &Instance<Nats>, port: u16, password: &str) {
    assert_eq!((nats.username(), password), ("app", "s3cret"));
    assert_eq!(client(&format!("{:?}", nats.url()), ECHO).unwrap(), "one");
    let error = client(&format!("'nats://app:wrong@127.0.0.1:{port}'"), ECHO).unwrap_err();
    assert!(error.contains("Authorization"), "{error}");
}

#[fixture(super::server as nats, password = "p\"w\\ #{$x}\n@")]
fn a_password_may_hold_anything(nats: &Instance<Nats>, port: u16) {
    let url = format!("nats://nats:p%22w%5C%20%23%7B%24x%7D%0A%40@127.0.0.1:{port}");
    assert_eq!(nats.url(), url);
    let arguments = format!(
        "'nats://127.0.0.1:{port}', user={:?}, password={:?}",
        nats.username(),
        nats.password()
    );
    assert_eq!(client(&arguments, ECHO).unwrap(), "one");
}

#[fixture(super::server as nats, token = "t0ken")]
fn a_token_is_required(nats: &Instance<Nats>, port: u16) {
    assert_eq!(
        nats.url(),
        format!("nats://{}@127.0.0.1:{port}", nats.token())
    );
    assert_eq!(client(&format!("{:?}", nats.url()), ECHO).unwrap(), "one");
    client(&format!("'nats://127.0.0.1:{port}'"), ECHO).unwrap_err();
}

#[fixture(super::server as nats, monitoring = true, config = "max_payload: 1KB")]
fn the_configuration_and_the_monitoring_port_are_there(nats: &Instance<Nats>) {
    let url = format!("{}/varz", nats.monitor_url());
    let answer = Command::new("curl").args(["-sS", &url]).output().unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(answer["max_payload"], 1024);
    assert_eq!(answer["port"], nats.port());
    let large = "await nats.publish('a', b'x' * 2000)";
    let error = client(&format!("{:?}", nats.url()), large).unwrap_err();
    assert!(error.contains("MaxPayloadError"), "{error}");
}

#[test]
fn wrong_options_say_what_is_wrong() {
    let error = server().config("no_such_thing: 1").start().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ProcessExitedWithError);
    let wanted = "unknown field \"no_such_thing\"";
    assert!(error.to_string().contains(wanted), "{error}");
    for (wrong, wanted) in [
        (server().username("x"), "a `username` needs a `password`"),
        (
            server().password("x").token("y"),
            "set a `password` or a `token`, not both",
        ),
    ] {
        let error = wrong.start().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().contains(wanted), "{error}");
    }
}
