//! The configuration of the client programs of MySQL and MariaDB.

use crate::launch::{Command, Step};

/// Where else they would look for option files, and for which groups in them.
pub(super) const NEUTRAL: [&str; 4] = [
    "MYSQL_HOME",
    "MARIADB_HOME",
    "MYSQL_GROUP_SUFFIX",
    "MARIADB_GROUP_SUFFIX",
];

/// The lines of an option file for the administrator of a server at this port, with this password.
pub(super) fn options(port: &str, password: &str) -> [String; 6] {
    [
        "[client]".into(),
        "protocol=tcp".into(),
        "host=127.0.0.1".into(),
        format!("port={port}"),
        "user=root".into(),
        format!("password={password}"),
    ]
}

/// The statements with which a server writes these lines to a
/// [login file](https://dev.mysql.com/doc/refman/en/mysql-config-editor.html) beside its data directory.
///
/// The programs of Oracle read that last, after `~/.my.cnf`. It consists of 4 bytes that mean nothing, the key, and each line encrypted with
/// it, after the length of that.
pub(super) fn write_login(file: &str, options: &[String]) -> String {
    let lines = options.iter().map(|line| {
        let line = format!("AES_ENCRYPT('{line}', @key)");
        format!(", CHAR(LENGTH({line}), 0, 0, 0), {line}")
    });
    format!(
        "SET /*!80000 block_encryption_mode = 'aes-128-ecb', */ @key = CAST(REPEAT('k', 20) AS BINARY);\n\
         SELECT CONCAT(CHAR(0, 0, 0, 0), @key{}) INTO DUMPFILE '../{file}';\n",
        lines.collect::<String>()
    )
}

/// Makes this login file its owner's only. The server lets others read it, and then clients ignore it.
pub(super) fn hide_login(dir: &str, file: &str) -> Step {
    let chmod = ["-exec", "chmod", "600", "{}", "+"];
    let args = [dir, "-maxdepth", "1", "-name", file];
    Step::Run(Command::new("find", args).args(chmod).as_root("mysql"))
}
