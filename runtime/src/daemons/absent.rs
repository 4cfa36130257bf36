//! Daemons that people ask for and that are not in the list.

/// A daemon that cannot be run.
#[derive(Clone, Copy, Debug)]
pub struct Absent {
    /// Its name: pifpaf's, where that has it.
    pub name: &'static str,
    /// What to do instead: an imperative sentence without its period.
    pub instead: &'static str,
}

impl Absent {
    /// All of them. Their servers come from Maven, or from their projects only.
    pub const ALL: &[Self] = &[
        Self {
            name: "kafka",
            instead: "use `tansu`, a broker with Kafka's API but without transactions",
        },
        Self::program("elasticsearch"),
        Self::program("opensearch"),
        Self::program("artemis"),
        Self::program("qdrouterd"),
    ];

    const fn program(name: &'static str) -> Self {
        Self {
            name,
            instead: "start it as a program of your own; in tests, `#[with_daemon(…)]` does",
        }
    }

    /// Finds one by its name.
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.iter().find(|absent| absent.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::daemons::entry::Entry;

    #[test]
    fn none_is_in_the_list() {
        for absent in Absent::ALL {
            assert!(Entry::named(absent.name).is_none(), "{}", absent.name);
        }
    }
}
