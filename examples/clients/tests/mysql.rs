//! The `mysql` client, over TCP and over the socket, with Oracle's server or MariaDB, and with MariaDB only. Each test gets a database, so all
//! may insert the same user.

use fixtured::daemons::{Mariadb, Mysql};
use fixtured::{Instance, fixture};
use mysql::prelude::Queryable;
use mysql::{Conn, Pool, Result};

#[fixture(mysql, init = "schema/")]
#[test]
fn mysql_stores_the_users_of_several_connections(url: &str) -> Result<()> {
    several_connections_store_users(url)
}

#[fixture(mariadb, init = "schema/")]
#[test]
fn mariadb_stores_the_users_of_several_connections(url: &str) -> Result<()> {
    several_connections_store_users(url)
}

fn several_connections_store_users(url: &str) -> Result<()> {
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
fn the_socket_of_mysql_leads_to_the_same_users(mysql: &Instance<Mysql>) -> Result<()> {
    both_lead_to_the_same_users(mysql.url(), mysql.socket_url())
}

#[fixture(mariadb, init = "schema/")]
#[test]
fn the_socket_of_mariadb_leads_to_the_same_users(mariadb: &Instance<Mariadb>) -> Result<()> {
    both_lead_to_the_same_users(mariadb.url(), mariadb.socket_url())
}

fn both_lead_to_the_same_users(url: &str, socket_url: &str) -> Result<()> {
    Conn::new(url)?.query_drop("INSERT INTO users (name) VALUES ('ada')")?;
    let count: Option<u64> = Conn::new(socket_url)?.query_first("SELECT count(*) FROM users")?;
    assert_eq!(count, Some(2));
    Ok(())
}

#[fixture(mysql, init = "schema/")]
#[test]
fn a_loop_starts_from_the_same_users_each_time(mysql: &Instance<Mysql>) -> Result<()> {
    let pool = Pool::new(mysql.url())?;
    for _ in 0..10 {
        let mut connection = pool.get_conn()?;
        let names: Vec<String> = connection.query("SELECT name FROM users")?;
        assert_eq!(names, ["root"]);
        connection.query_drop("INSERT INTO users (name) VALUES ('ada')")?;
        drop(connection);
        mysql.reset().unwrap();
    }
    Ok(())
}
