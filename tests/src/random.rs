//! Chance that can be repeated.

/// Numbers that follow from a seed (splitmix64).
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// The same seed gives the same numbers.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.any() % end as u64) as usize
    }

    /// One of them. Those with more weight come more often.
    pub fn weighted<'a, T>(&mut self, choices: &'a [(usize, T)]) -> &'a T {
        let mut left = self.below(choices.iter().map(|(weight, _)| weight).sum());
        let chosen = choices.iter().find(|(weight, _)| {
            let hit = left < *weight;
            left = left.wrapping_sub(*weight);
            hit
        });
        let Some((_, choice)) = chosen else {
            unreachable!("the number is below the sum of the weights")
        };
        choice
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_from_the_seed_and_weights_count() {
        // The first number of the reference implementation for this seed.
        assert_eq!(Random::new(1_234_567).any(), 6_457_827_717_110_365_317);
        let mut random = Random::new(1);
        let mut often = 0;
        for _ in 0..1000 {
            often += usize::from(*random.weighted(&[(9, true), (0, false), (1, false)]));
        }
        assert!((850..950).contains(&often), "{often}");
    }
}
