//! The environment of clients of PostgreSQL.

use crate::launch::Step;

/// What clients might take from the user's environment, and would not reach the server with: neutral values of what libpq reads
/// (<https://www.postgresql.org/docs/current/libpq-envars.html>).
const NEUTRAL: [(&str, &str); 15] = [
    ("PGHOSTADDR", ""),
    ("PGOPTIONS", ""),
    ("PGSSLMODE", "prefer"),
    ("PGSSLNEGOTIATION", "postgres"),
    ("PGSSLROOTCERT", ""),
    ("PGSSLCERT", ""),
    ("PGSSLKEY", ""),
    ("PGGSSENCMODE", "disable"),
    ("PGCHANNELBINDING", "prefer"),
    ("PGREQUIREAUTH", "none,password,md5,scram-sha-256"),
    ("PGREQUIREPEER", ""),
    ("PGTARGETSESSIONATTRS", "any"),
    ("PGLOADBALANCEHOSTS", "disable"),
    ("PGMINPROTOCOLVERSION", "3.0"),
    ("PGMAXPROTOCOLVERSION", "latest"),
];

/// What clients need beside the address in order to take nothing from the user's environment: a file in this directory, and variables.
pub(super) fn neutral(dir: &str) -> (Step, Vec<(&'static str, String)>) {
    let services = format!("{dir}/services.conf");
    // A service cannot be none, so it is one that says nothing. Its name is not there without the file.
    let file = Step::write(&services, format!("[{dir}]\n"));
    let neutral = NEUTRAL.map(|(name, value)| (name, value.to_owned()));
    let service = [("PGSERVICE", dir.to_owned()), ("PGSERVICEFILE", services)];
    (file, neutral.into_iter().chain(service).collect())
}
