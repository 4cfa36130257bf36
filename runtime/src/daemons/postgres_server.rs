//! The server of PostgreSQL, and who may connect to it.

use super::sql::Sql;
use super::tls::Tls;
use crate::launch::{Command, Process, Quoting, Ready, Site, Step, Stop};

/// What makes a server fast whose data is thrown away
/// (<https://www.postgresql.org/docs/current/non-durability.html>), and turns off what no test needs.
const SETTINGS: [(&str, &str); 12] = [
    ("fsync", "off"),
    ("synchronous_commit", "off"),
    ("full_page_writes", "off"),
    ("autovacuum", "off"),
    ("jit", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("checkpoint_timeout", "1d"),
    // Enough for pools of 10 in 48 tests at once; each hundred takes 3 MB and 2 ms of the start.
    ("max_connections", "500"),
    // Shared memory in files of the data directory goes with it, even after SIGKILL.
    ("dynamic_shared_memory_type", "mmap"),
    ("logging_collector", "off"),
    // Creating or dropping a database is a checkpoint, and the log is for what tests do.
    ("log_checkpoints", "off"),
];

/// What lets clients replicate.
const REPLICATION: [(&str, &str); 4] = [
    ("max_replication_slots", "10"),
    // A physical slot that a test leaves behind stays in the server, which must not keep what nobody reads.
    ("max_slot_wal_keep_size", "1GB"),
    ("max_wal_senders", "10"),
    ("wal_level", "logical"),
];

/// Who may connect: over the socket whoever can reach it, over TCP whoever knows the password. It is sent in plain text, since nobody
/// listens on loopback, and any other method costs unoptimised clients tens of milliseconds.
const ACCESS: &str = "\
local all all trust
local replication all trust
host all all 127.0.0.1/32 password
host replication all 127.0.0.1/32 password
";

/// A server at a site, with its data in this directory.
pub(super) struct PostgresServer<'a> {
    pub(super) site: &'a Site,
    pub(super) data: &'a str,
    pub(super) sql: &'a Sql<'a>,
    pub(super) replication: bool,
    pub(super) tls: Option<&'a Tls>,
}

impl PostgresServer<'_> {
    /// Writes who may connect.
    pub(super) fn permit(&self) -> Step {
        Step::write(self.access(), ACCESS)
    }

    pub(super) fn process(&self) -> Process {
        let Site { dir, port, .. } = self.site;
        // A list, in which quotes keep a comma from beginning the next directory.
        let sockets = format!("\"{}\"", Quoting::Twice.of(dir));
        let (access, encrypted) = (self.access(), self.tls.map(encrypted));
        let mut settings = vec![("hba_file", &*access)];
        settings.extend(SETTINGS);
        let encrypted = encrypted.iter().flatten();
        settings.extend(encrypted.map(|(name, value)| (*name, &**value)));
        settings.extend(REPLICATION.iter().filter(|_| self.replication));
        let settings = self.sql.settings(&settings);
        let command = Command::new("postgres", ["-D", self.data, "-k", &sockets, "-p", port])
            .args(["-h", "127.0.0.1"])
            .args(settings.flat_map(|setting| ["-c".into(), setting]))
            .as_root("postgres");
        // The server accepts connections before it serves them. A connection that comes too early costs a process that refuses it, and a
        // line in the log; so readiness is what the server tells `pg_ctl`, whatever it logs, where and in which language.
        let ready = Ready::file(format!("{}/postmaster.pid", self.data), "^ready *$");
        // SIGQUIT ends the server at once, and unlike SIGKILL leaves no shared memory behind. But it loses what has been committed and
        // not been written yet, which SIGINT writes.
        let stop = Stop::default().signal("SIGQUIT").shutdown_signal("SIGINT");
        Process::new(command, ready).stop(stop)
    }

    fn access(&self) -> String {
        format!("{}/access.conf", self.site.dir)
    }
}

/// What makes it accept TLS.
fn encrypted(tls: &Tls) -> [(&'static str, String); 3] {
    [
        ("ssl", "on".into()),
        ("ssl_cert_file", tls.certificate()),
        ("ssl_key_file", tls.key()),
    ]
}
