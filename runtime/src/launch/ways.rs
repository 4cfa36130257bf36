//! Daemons that can be run in several ways.

use super::{Alternative, Launch};

impl Launch {
    /// If the programs of this launch are not installed, runs those of `other`, with its steps and processes.
    ///
    /// Everything else is that of this launch, whichever is run, so both are best made from a common one. What is added afterwards belongs to
    /// all.
    pub fn or(mut self, other: Self) -> Self {
        self.alternatives.push(Alternative {
            software: other.software,
            prepare: other.prepare,
            processes: other.processes,
        });
        self.alternatives.extend(other.alternatives);
        self
    }

    /// The launches that it stands for, in the order in which they are tried: itself with each of its alternatives.
    #[doc(hidden)]
    pub fn ways(&self) -> impl Iterator<Item = Self> {
        let alone = Self {
            alternatives: Vec::new(),
            ..self.clone()
        };
        let others = self.alternatives.iter().map({
            let alone = alone.clone();
            move |alternative| {
                let Alternative {
                    software,
                    prepare,
                    processes,
                } = alternative.clone();
                Self {
                    software,
                    prepare,
                    processes,
                    ..alone.clone()
                }
            }
        });
        std::iter::once(alone).chain(others)
    }
}
