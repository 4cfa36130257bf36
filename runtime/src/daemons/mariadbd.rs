//! MariaDB.

use super::mysql_server::MysqlServer;
use crate::launch::{Software, Step};

pub(super) const MARIADBD: MysqlServer = MysqlServer {
    program: "mariadbd",
    layout: &[
        "--innodb-data-file-path=ibdata1:3M:autoextend",
        "--innodb-autoextend-increment=1",
        "--innodb-log-file-size=4M",
        "--aria-log-file-size=8M",
    ],
    settings: &[
        ("debug-no-sync", "1"),
        ("innodb-flush-method", "nosync"),
        ("innodb-doublewrite", "0"),
        ("innodb-buffer-pool-size", "64M"),
        ("innodb-temp-data-file-path", "ibtmp1:1M:autoextend"),
        ("performance-schema", "0"),
        ("skip-log-bin", "1"),
        ("aria-pagecache-buffer-size", "8M"),
        // A client that is killed does not say goodbye, which is nothing to warn of.
        ("log-warnings", "1"),
    ],
    software: |name, version| {
        let software = |name: &str, program| {
            Software::new(name, [program])
                .apt("mariadb-server")
                .brew("mariadb")
        };
        // Asked for its version, the other one would install something. Packages keep the two apart.
        vec![
            software(name, "mariadbd").version(version),
            software("mysql-install", "mariadb-install-db").version_args([""; 0]),
        ]
    },
    lasting: &["innodb-page-size"],
    install,
};

/// Each start copies the installation, so it goes without help for the client program and without views of statistics that are not kept.
fn install(directory: &str, settings: &[String]) -> Vec<Step> {
    let data = format!("--datadir={directory}");
    let file = format!("{directory}/installation.sql");
    let init_file = format!("--init-file={file}");
    let method = "--auth-root-authentication-method=normal";
    let install = MARIADBD.command("mariadb-install-db", [&data, method, "--skip-test-db"]);
    // It is relative to the data directory, whose path may be too long for that of a socket.
    let socket = "--socket=socket";
    let complete = [&data, &init_file, socket, "--skip-networking"];
    let complete = MARIADBD.command(MARIADBD.program, complete);
    vec![
        Step::Run(install.args(settings)),
        Step::write(file, include_str!("mariadbd.sql")),
        Step::Run(complete.args(settings)),
    ]
}
