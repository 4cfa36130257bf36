//! Daemons that a small machine starts one at a time.

use fixtured::__command_line::Entry;

/// Those that take seconds to start, or many processes.
pub const HEAVY: [&str; 9] = [
    "rabbitmq",
    "zookeeper",
    "keystone",
    "swift",
    "azurite",
    "seaweedfs",
    "ceph",
    "gnocchi",
    "aodh",
];

/// The name of a test about a daemon of the list. By its first word `.config/nextest.toml` knows what to run one after the other.
pub fn test_name(daemon: &Entry, what: &str) -> String {
    let name = daemon.name();
    match HEAVY.contains(&name) {
        true => format!("heavy::{name}::{what}"),
        false => format!("{name}::{what}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_in_the_list() {
        for name in HEAVY {
            assert!(Entry::named(name).is_some(), "{name}");
        }
    }
}
