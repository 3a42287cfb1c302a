//! Weights of few bits, several a word, as telescoped loops read them.
//!
//! A weight is `lowest + step · u` with a code `u` of so many bits, and the codes of neighbouring outputs lie beside one
//! another in a word. What holds of bytes holds of any width: `A_j - 2^bits · A_(j + 1)` is `Σ u_j · x` exactly, however
//! many codes lie above the one that is wanted.

/// How weights are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packing {
    /// Bits of a code.
    pub bits: u8,
    /// The weight whose code is 0.
    pub lowest: i8,
    /// Binary logarithm of the distance of two codes' weights: 1 where all weights are odd.
    pub step: u8,
}

/// Outputs that share the load of an input, which is limited by the registers that there are.
pub const MOST_OUTPUTS: usize = 9;

impl Packing {
    /// A byte a weight.
    pub const BYTES: Self = Self { bits: 8, lowest: -128, step: 0 };

    /// The one with the fewest bits that holds all these weights.
    pub fn of(weights: &[u8]) -> Self {
        let (mut lowest, mut highest, mut is_odd) = (0, 0, true);
        for &weight in weights {
            let weight = weight as i8;
            lowest = weight.min(lowest);
            highest = weight.max(highest);
            is_odd &= weight & 1 != 0;
        }
        for bits in [1, 2, 3, 4, 5, 6] {
            // All odd: half as many codes.
            let largest = (1i16 << bits) - 1;
            if is_odd && i16::from(lowest) >= -largest && i16::from(highest) <= largest && bits <= 2 {
                return Self { bits, lowest: -largest as i8, step: 1 };
            }
            let half = 1i16 << (bits - 1);
            if i16::from(lowest) >= -half && i16::from(highest) < half && bits > 1 {
                return Self { bits, lowest: -half as i8, step: 0 };
            }
        }
        Self::BYTES
    }

    /// The code of a weight, which must be one of those that this packing is of.
    pub fn code(self, weight: u8) -> u32 {
        let above = i16::from(weight as i8) - i16::from(self.lowest);
        u32::from((above >> self.step) as u16)
    }

    /// Outputs of a group: those whose codes of one input are loaded together.
    pub fn outputs(self) -> usize {
        match self.bits {
            // Two words, four outputs each.
            8 => 8,
            1 | 2 => 8,
            bits => (32 / usize::from(bits)).min(MOST_OUTPUTS),
        }
    }

    /// Codes of one input that lie in one word.
    pub fn places(self) -> usize {
        if self.bits == 8 { 4 } else { self.outputs() }
    }

    /// Inputs whose codes lie in one word.
    pub fn inputs(self) -> usize {
        match self.bits {
            1 => 4,
            2 => 2,
            _ => 1,
        }
    }

    /// Words that hold the codes of so many inputs for so many outputs of a group.
    pub fn words(self, inputs: usize, outputs: usize) -> usize {
        inputs.div_ceil(self.inputs()) * outputs.div_ceil(self.places())
    }

    /// The words of a group: `weights` has those of each output in the order of the inputs.
    pub fn pack(self, weights: &[Vec<u8>]) -> Vec<u32> {
        let inputs = weights.first().map_or(0, Vec::len);
        let mut words = Vec::with_capacity(self.words(inputs, weights.len()));
        for first in (0..inputs).step_by(self.inputs()) {
            let inputs = first..(first + self.inputs()).min(inputs);
            for outputs in weights.chunks(self.places()) {
                let of_input = |input: usize| {
                    outputs.iter().rev().fold(0, |word, output| word << self.bits | self.code(output[input]))
                };
                let between = self.bits as usize * self.places();
                let word = inputs.clone().rev().fold(0u32, |word, input| {
                    let below: u32 = of_input(input);
                    // A shift by the whole word is one of nothing.
                    word.checked_shl(between as u32).unwrap_or(0) | below
                });
                words.push(word);
            }
        }
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::precision::Precision;

    #[test]
    fn precisions_take_their_bits() {
        let bits = |precision: Precision| {
            let all: Vec<u8> = (-64..64).map(|step| precision.nearest(f64::from(step) + 0.1) as u8).collect();
            Packing::of(&all).bits
        };
        assert_eq!(Precision::ALL.map(|(_, precision)| bits(precision)), [8, 6, 5, 4, 3, 2, 2, 1, 8]);
        // Two's complement as given.
        assert_eq!(Packing::of(&[0xfe, 1, 0]), Packing { bits: 2, lowest: -2, step: 0 });
        assert_eq!(Packing::of(&[0xf8, 7]).bits, 4);
        assert_eq!(Packing::of(&[0, 1]).bits, 2);
        assert_eq!(Packing::of(&[8]).bits, 5);
    }

    #[test]
    fn codes_stand_for_their_weights() {
        for (name, precision) in Precision::ALL {
            let largest = precision.largest();
            let all: Vec<u8> =
                (-largest..=largest).map(|weight| precision.nearest(weight.into()) as u8).collect();
            let packing = Packing::of(&all);
            for &weight in &all {
                let code = packing.code(weight);
                assert!(code < 1 << packing.bits, "{name}");
                let stands_for = i32::from(packing.lowest) + ((code as i32) << packing.step);
                assert_eq!(stands_for, i32::from(weight as i8), "{name}");
            }
        }
    }

    #[test]
    fn the_first_input_is_lowest_and_in_it_the_first_output() {
        let packing = Packing { bits: 2, lowest: -2, step: 0 };
        let weights = [vec![0xff, 0xfe, 1], vec![0, 0, 0xfe]];
        assert_eq!(packing.pack(&weights), [0b10_00 << 16 | 0b10_01, 0b00_11]);
        assert_eq!(packing.words(3, 2), 2);
        assert_eq!(Packing::BYTES.pack(&vec![vec![0x80 ^ 3]; 5]), [0x0303_0303, 3]);
    }
}
