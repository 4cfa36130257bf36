//! Redis: a server for each test, with options.

use fixtured::fixture;
use redis::{Client, TypedCommands};

// Options are methods of `fixtured::daemons::Redis`. The URL contains the password.
#[fixture(redis, password = "s3cret")]
#[test]
fn a_value_can_be_read_back(url: &str) -> redis::RedisResult<()> {
    let mut connection = Client::open(url)?.get_connection()?;
    connection.set("note", "buy milk")?;
    assert_eq!(connection.get("note")?.as_deref(), Some("buy milk"));
    Ok(())
}

#[fixture(redis, password = "s3cret")]
#[test]
fn nobody_gets_in_without_the_password(port: u16) {
    let without = Client::open(("127.0.0.1", port)).unwrap();
    let mut connection = without.get_connection().unwrap();
    let error = connection.get("note").unwrap_err();
    assert_eq!(error.code(), Some("NOAUTH"));
}
