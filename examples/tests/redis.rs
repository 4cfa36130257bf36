//! Redis: a server for each test, with the options that are asked for.

use fixtured::fixture;
use redis::{Client, TypedCommands};

// An option is a method of `fixtured::daemons::Redis`; the URL has the password in it.
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
