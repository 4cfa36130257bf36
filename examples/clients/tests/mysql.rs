//! The `mysql` client, over TCP and over the socket. Each test gets a database, so both may insert the same user.

use fixtured::daemons::Mysql;
use fixtured::{Instance, fixture};
use mysql::prelude::Queryable;
use mysql::{Conn, Pool, Result};

#[fixture(mysql, init = "schema/")]
#[test]
fn users_are_stored_by_several_connections(url: &str) -> Result<()> {
    let pool = Pool::new(url)?;
    let (mut first, mut second) = (pool.get_conn()?, pool.get_conn()?);
    first.exec_drop("INSERT INTO users (name) VALUES (?)", ("ada",))?;
    second.exec_drop("INSERT INTO users (name) VALUES (?)", ("grace",))?;
    let names: Vec<String> = first.query("SELECT name FROM users ORDER BY id")?;
    assert_eq!(names, ["root", "ada", "grace"]);
    Ok(())
}

#[fixture(mysql, init = "schema/")]
#[test]
fn the_socket_leads_to_the_same_users(mysql: &Instance<Mysql>) -> Result<()> {
    Conn::new(mysql.url())?.query_drop("INSERT INTO users (name) VALUES ('ada')")?;
    let count: Option<u64> =
        Conn::new(mysql.socket_url())?.query_first("SELECT count(*) FROM users")?;
    assert_eq!(count, Some(2));
    Ok(())
}
