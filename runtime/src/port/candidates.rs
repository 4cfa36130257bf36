//! The ports that may be leased.

use std::fs;
use std::ops::{Range, RangeInclusive};

/// The ports to choose from: those of a range that servers rarely use, without those that the kernel gives to clients, since a
/// client's connection may take such a port at any moment.
#[derive(Debug, PartialEq)]
pub(super) struct Candidates {
    below: Range<u16>,
    above: Range<u16>,
}

impl Candidates {
    pub(super) fn beside(ephemeral: &RangeInclusive<u16>) -> Self {
        const ALL: Range<u16> = 20_000..65_000;
        let below = ALL.start..(*ephemeral.start()).clamp(ALL.start, ALL.end);
        let above = ephemeral.end().saturating_add(1).clamp(ALL.start, ALL.end)..ALL.end;
        // Where the kernel gives all of them away, there is nothing better than any of them.
        if below.is_empty() && above.is_empty() {
            Self { below: ALL, above }
        } else {
            Self { below, above }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.below.len() + self.above.len()
    }

    /// Counts round and round.
    pub(super) fn nth(&self, index: usize) -> u16 {
        let index = u16::try_from(index % self.len().max(1)).unwrap_or_default();
        let below = self.below.end - self.below.start;
        if index < below {
            self.below.start + index
        } else {
            self.above.start + (index - below)
        }
    }
}

/// The ports that the kernel gives to clients (`ip_local_port_range` in ip(7)).
pub(super) fn ephemeral_range() -> RangeInclusive<u16> {
    let text = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut numbers = text
        .split_whitespace()
        .map_while(|number| number.parse().ok());
    match (numbers.next(), numbers.next()) {
        (Some(low), Some(high)) => low..=high,
        _ => 32_768..=60_999,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ephemeral_range_is_avoided_where_possible() {
        let candidates = Candidates::beside(&(32_768..=60_999));
        assert_eq!(
            candidates,
            Candidates {
                below: 20_000..32_768,
                above: 61_000..65_000
            }
        );
        assert_eq!(candidates.len(), 12_768 + 4_000);
        for (index, port) in [
            (0, 20_000),
            (12_767, 32_767),
            (12_768, 61_000),
            (16_767, 64_999),
            (16_768, 20_000),
        ] {
            assert_eq!(candidates.nth(index), port);
        }
        assert_eq!(Candidates::beside(&(1024..=65_535)).len(), 45_000);
    }
}
