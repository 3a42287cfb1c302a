//! From all weights in eight bits to few: which layer is narrowed first.

use super::{LEVELS, Precisions};

/// What a layer takes and loses at each of [`LEVELS`].
pub(super) type Levels = [Level; LEVELS.len()];

/// A layer in one number format.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Level {
    /// What the network's output loses where this layer alone has it: a part of the output's power.
    pub(super) noise: f64,
    /// Bytes of flash of the layer's smallest code.
    pub(super) flash: f64,
    /// Cycles of the layer.
    pub(super) cycles: f64,
}

/// What is saved: how much a byte of flash counts, and a cycle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    pub(super) flash: f64,
    pub(super) cycles: f64,
}

/// A loss that is as good as none, so that no saving is infinitely good.
const NEGLIGIBLE: f64 = 1e-9;

/// Narrows one layer after the other, always where most is saved for what is lost, until nothing more can be saved. The
/// way a greedy solution of a knapsack of several choices goes: along the convex hull of each layer's levels (Sinha and
/// Zoltners, "The multiple-choice knapsack problem", 1979).
pub(super) fn walk(layers: &[Levels], aim: Aim) -> Vec<Precisions> {
    let mut at = vec![0; layers.len()];
    let mut way = Vec::new();
    while let Some((layer, level)) = best_step(layers, &at, aim) {
        at[layer] = level;
        way.push(at.iter().map(|&level| LEVELS[level]).collect());
    }
    way
}

/// The layer to narrow next, and to which level.
fn best_step(layers: &[Levels], at: &[usize], aim: Aim) -> Option<(usize, usize)> {
    let mut best: Option<(f64, usize, usize)> = None;
    for (layer, levels) in layers.iter().enumerate() {
        let here = &levels[at[layer]];
        for (level, narrower) in levels.iter().enumerate().skip(at[layer] + 1) {
            let saved =
                aim.flash * (here.flash - narrower.flash) + aim.cycles * (here.cycles - narrower.cycles);
            let ratio = saved / (narrower.noise - here.noise).max(NEGLIGIBLE);
            // Of equals the first, so that the way is the same wherever it is gone.
            if saved > 0.0 && best.is_none_or(|(most, ..)| ratio > most) {
                best = Some((ratio, layer, level));
            }
        }
    }
    best.map(|(_, layer, level)| (layer, level))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precision::Precision::{Int4, Int6, Int8, Ternary};

    /// Flash as the bits say, and a noise that grows fourfold a bit.
    fn levels(weights: f64, sensitivity: f64) -> Levels {
        let bits = [8.0, 6.0, 5.0, 4.0, 3.0, 2.0, 2.0];
        bits.map(|bits: f64| Level {
            noise: sensitivity * 4f64.powf(-bits),
            flash: weights * bits / 8.0,
            cycles: 0.0,
        })
    }

    const FLASH: Aim = Aim { flash: 1.0, cycles: 0.0 };

    #[test]
    fn the_largest_and_least_sensitive_layer_is_narrowed_first() {
        let way = walk(&[levels(100.0, 1.0), levels(1000.0, 1.0)], FLASH);
        assert_eq!(way[0], [Int8, Int6]);
        let way = walk(&[levels(100.0, 1e-3), levels(1000.0, 1.0)], FLASH);
        assert_eq!(way[0], [Int6, Int8]);
        assert_eq!(way[1], [crate::precision::Precision::Int5, Int8]);
    }

    #[test]
    fn a_level_that_loses_nothing_more_is_skipped_to() {
        let mut even = levels(100.0, 1.0);
        let noise = even[1].noise;
        for level in &mut even[2..4] {
            level.noise = noise;
        }
        assert_eq!(walk(&[even], FLASH)[0], [Int4]);
    }

    #[test]
    fn the_way_ends_where_nothing_is_saved() {
        let way = walk(&[levels(100.0, 1.0)], FLASH);
        // Ternary weights take no less than those of two bits.
        assert!(way.iter().all(|precisions| precisions != &[Ternary]));
        assert!(walk(&[levels(100.0, 1.0)], Aim { flash: 0.0, cycles: 1.0 }).is_empty());
        let mut pairs = way.windows(2);
        assert!(pairs.all(|pair| pair[0] != pair[1]) && way.len() == 5);
    }
}
