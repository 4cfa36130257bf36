//! Oracle's MySQL.

use super::mysql_server::MysqlServer;
use crate::launch::{Software, Step};

/// What some versions lack is `loose`.
pub(super) const MYSQLD: MysqlServer = MysqlServer {
    program: "mysqld",
    layout: &[
        "--innodb-data-file-path=ibdata1:5M:autoextend",
        "--innodb-autoextend-increment=1",
        "--innodb-doublewrite=0",
        "--innodb-flush-method=nosync",
        // There are few contexts for it in a system, and each server takes many.
        "--innodb-use-native-aio=0",
        "--performance-schema=0",
        "--skip-log-bin",
        // Otherwise a directory is needed that packages make.
        "--secure-file-priv=",
    ],
    settings: &[
        ("loose-innodb-redo-log-capacity", "8M"),
        ("loose-innodb-extend-and-initialize", "0"),
        ("innodb-buffer-pool-size", "32M"),
        ("loose-mysqlx", "0"),
    ],
    software: |name, version| {
        let software = Software::new(name, ["mysqld"])
            .search_paths([
                "/usr/local/mysql/bin",
                "/opt/homebrew/opt/mysql@8.4/bin",
                "/opt/homebrew/opt/mysql@8.0/bin",
            ])
            .version(version)
            .other_than("MariaDB")
            .apt("mysql-server")
            .brew("mysql");
        vec![software]
    },
    lasting: &["innodb-page-size", "lower-case-table-names"],
    install,
};

/// A log that is too small for it would make this slow. The file makes it smaller; its name lets it be in the directory already.
fn install(directory: &str, settings: &[String]) -> Vec<Step> {
    let file = format!("{directory}/.installation.sql");
    let command = MYSQLD.command(
        MYSQLD.program,
        [
            "--initialize-insecure".into(),
            format!("--datadir={directory}"),
            format!("--init-file={file}"),
            "--loose-innodb-redo-log-capacity=24M".into(),
        ],
    );
    vec![
        Step::write(file, include_str!("mysqld.sql")),
        Step::Run(command.args(settings)),
    ]
}
