//! redis-rs. Each test gets a dedicated Redis server, so both may use the same keys.

use fixtured::fixture;
use redis::{Client, Connection, RedisResult, TypedCommands};

/// Counts a visit to a page and its visitor in one transaction. Returns the numbers of visits and of distinct visitors.
fn visit(connection: &mut Connection, page: &str, visitor: &str) -> RedisResult<(usize, usize)> {
    let (visits, visitors) = (format!("{page}:visits"), format!("{page}:visitors"));
    redis::pipe()
        .atomic()
        .incr(&visits, 1)
        .sadd(&visitors, visitor)
        .ignore()
        .scard(&visitors)
        .query(connection)
}

#[fixture(redis)]
#[test]
fn visits_are_counted(url: &str) -> RedisResult<()> {
    let mut connection = Client::open(url)?.get_connection()?;
    assert_eq!(visit(&mut connection, "/", "ada")?, (1, 1));
    assert_eq!(visit(&mut connection, "/", "ada")?, (2, 1));
    assert_eq!(visit(&mut connection, "/", "grace")?, (3, 2));
    assert_eq!(connection.get("/:visits")?.as_deref(), Some("3"));
    Ok(())
}

#[fixture(redis)]
#[test]
fn another_connection_sees_the_visit_until_all_is_flushed(url: &str) -> RedisResult<()> {
    let client = Client::open(url)?;
    let (mut writer, mut reader) = (client.get_connection()?, client.get_connection()?);
    assert_eq!(visit(&mut writer, "/", "ada")?, (1, 1));
    assert_eq!(reader.get("/:visits")?.as_deref(), Some("1"));

    reader.flushall()?;
    assert_eq!(writer.get("/:visits")?, None);
    Ok(())
}
