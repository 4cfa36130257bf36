//! What the client program of MariaDB says.

use std::process::{Command, Output};

use fixtured::Instance;
use fixtured::daemons::Mysql;

/// What the client program says to statements, over the socket.
pub fn asked(mysql: &Instance<Mysql>, statements: &str) -> Output {
    let mut client = Command::new("mariadb");
    client.args(["--no-defaults", "-uroot", "-BN", "-S"]);
    client.arg(mysql.socket());
    let client = client.args(["-e", statements, mysql.database()]);
    client.output().unwrap()
}

/// The rows that it prints for them.
pub fn rows(mysql: &Instance<Mysql>, statements: &str) -> String {
    printed(asked(mysql, statements))
}

/// What a program prints that ends well.
pub fn printed(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().into()
}
