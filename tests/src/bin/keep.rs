//! Acquires a database with the migrations of these tests, or one of MySQL or MariaDB, says which, and keeps it as long as standard input is open.

use std::io::stdin;

use fixtured::{Acquire, daemons};

fn main() -> fixtured::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("mysql") => {
            let mysql = daemons::mysql().acquire()?;
            let socket = mysql.socket().display();
            println!("{} {} {socket}", mysql.pid(), mysql.database());
            stdin().lines().for_each(drop);
            return Ok(());
        }
        Some("mariadb") => {
            let mariadb = daemons::mariadb().acquire()?;
            let socket = mariadb.socket().display();
            println!("{} {} {socket}", mariadb.pid(), mariadb.database());
            stdin().lines().for_each(drop);
            return Ok(());
        }
        _ => {}
    }
    let migrations = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
    let postgres = daemons::postgres().init(migrations).acquire()?;
    println!(
        "{} {} {}",
        postgres.pid(),
        postgres.database(),
        postgres.url()
    );
    stdin().lines().for_each(drop);
    Ok(())
}
