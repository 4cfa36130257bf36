//! What the client program of MariaDB says, to any of the servers that it speaks to.

use std::path::Path;
use std::process::{Command, Output};

use fixtured::Instance;
use fixtured::daemons::{Mariadb, Mysql};

/// A database in a server of MySQL's protocol.
pub trait Database {
    /// The server's socket.
    fn socket(&self) -> &Path;
    /// Its name.
    fn database(&self) -> &str;
}

/// The servers have the same values, but are different types.
macro_rules! databases {
    ($($daemon:ty),*) => {
        $(impl Database for Instance<$daemon> {
            fn socket(&self) -> &Path {
                self.socket()
            }
            fn database(&self) -> &str {
                self.database()
            }
        })*
    };
}
databases!(Mysql, Mariadb);

/// What the client program says to statements, over the socket.
pub fn asked(database: &impl Database, statements: &str) -> Output {
    let mut client = Command::new("mariadb");
    client.args(["--no-defaults", "-uroot", "-BN", "-S"]);
    client.arg(database.socket());
    let client = client.args(["-e", statements, database.database()]);
    client.output().unwrap()
}

/// The rows that it prints for them.
pub fn rows(database: &impl Database, statements: &str) -> String {
    printed(asked(database, statements))
}

/// What a program prints that ends well.
pub fn printed(output: Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().into()
}
