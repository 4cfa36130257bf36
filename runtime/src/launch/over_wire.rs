//! What differs for a test with a wire.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::serialized;
use super::text::{Texts, texts};

/// Values and variables that replace those of a launch for a test with a [wire](crate::Wire).
///
/// The wire has a port of its own for each of the daemon's, and every text of the launch names that port then, unless it also names a
/// directory, as the path of a Unix socket does. Replace what would still lead past the wire, such as a URL by the socket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OverWire {
    /// Values, by name.
    #[serde(with = "serialized")]
    pub values: BTreeMap<String, String>,
    /// Environment variables for client programs.
    #[serde(with = "serialized")]
    pub variables: BTreeMap<String, String>,
}

impl OverWire {
    /// Nothing differs but the ports.
    pub fn new() -> Self {
        Self::default()
    }

    /// Replaces these values.
    pub fn values<N: Into<String>, V: Into<String>>(
        mut self,
        values: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.values.extend(texts(values));
        self
    }

    /// Replaces these variables.
    pub fn variables<N: Into<String>, V: Into<String>>(
        mut self,
        variables: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        self.variables.extend(texts(variables));
        self
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty() && self.variables.is_empty()
    }
}

impl Texts for OverWire {
    fn each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.values.each_text(visit);
        self.variables.each_text(visit);
    }
}
